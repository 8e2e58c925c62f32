"""Image files → ink, dark on light or light on dark."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnn_core.data.photo.pipeline import DRAWING_SIDE, PhotoSteps, steps_of_picture, steps_of_sheet
from cnn_core.errors import ImageError

MAX_PIXELS = 50_000_000
MOST_MEGABYTES = 50  # of an uploaded file
# Those that Pillow decodes itself: for some others it starts a program. The first frame of an animation counts.
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "AVIF", "PPM")


def read_ink(source: Path | bytes) -> np.ndarray:
    """An image file (path or content) → float32 (H, W) ink, 0 paper to 1 full ink.

    Raises `ImageError` for a file that is missing, empty, not an image, damaged or larger than 50 megapixels.
    """
    return read_steps(source).ink


def read_steps(source: Path | bytes, turns: int = 0) -> PhotoSteps:
    """An image file → how it became ink, and the digits that are on it. Raises as `read_ink`.

    `turns` rotates the image by so many quarter turns counterclockwise first.
    """
    with _explain_damage(source):
        image = _open_image(source)
        return find_steps(image.rotate(90 * (turns % 4), expand=True) if turns % 4 else image)


def read_photo(source: Path | bytes, height: int, width: int) -> np.ndarray:
    """An image file → uint8 (height, width, 3): its middle, as much of it as has that shape. Raises as `read_ink`."""
    with _explain_damage(source):
        image = _open_image(source).convert("RGB")
        return np.asarray(ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS))


def _open_image(source: Path | bytes) -> Image.Image:
    """Width and height are read from the header; nothing is decompressed above the limit."""
    name = _name_of(source)
    content = _read_bytes(source) if isinstance(source, Path) else source
    if not content:
        raise ImageError("{name} is empty (0 bytes). Choose a PNG or JPEG picture of a digit.", name=name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # our own limit, just below, is stricter; oddities are read as well as can be
        image = Image.open(BytesIO(content), formats=_FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(name)
        image.load()
        return _to_8_bit(ImageOps.exif_transpose(image))


def _name_of(source: Path | bytes) -> str:
    return source.name if isinstance(source, Path) else "The file"


@contextmanager
def _explain_damage(source: Path | bytes) -> Iterator[None]:
    """Turns whatever a decoder raises, lack of memory too, into an `ImageError`."""
    name = _name_of(source)
    try:
        yield
    except ImageError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise ImageError("{name} is not a picture in a form that can be read. Use a PNG or JPEG.", name=name) from error
    except Exception as error:  # decoders raise many kinds for damaged content
        raise ImageError(
            "{name} is damaged or in a form that can't be read. Save it again as PNG.", name=name
        ) from error


def find_steps(image: Image.Image) -> PhotoSteps:
    """An image of any mode, upright: dark on light, light on dark, or drawn on a transparent sheet."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return steps_of_picture(image)
    rgba = image.convert("RGBA")
    sheet = rgba.copy()
    sheet.thumbnail((DRAWING_SIDE, DRAWING_SIDE), Image.Resampling.LANCZOS)
    alpha = np.asarray(sheet.getchannel("A"), dtype=np.float32) / 255.0
    if not alpha.min() < 0.5 <= alpha.max():  # opaque all over
        return steps_of_picture(image)
    if _is_cut_out(np.asarray(sheet.convert("L"), dtype=np.float32), alpha):
        return steps_of_picture(_on_its_own_paper(rgba))
    return steps_of_sheet(alpha)  # what is opaque is the ink


def _is_cut_out(grey: np.ndarray, alpha: np.ndarray) -> bool:
    """Whether the opaque part is paper with ink: large and not uniform."""
    opaque = grey[alpha > 0.9]
    return opaque.size > 0.5 * alpha.size and float(np.ptp(np.percentile(opaque, [1, 99]))) > 60


def _on_its_own_paper(rgba: Image.Image) -> Image.Image:
    pixels = np.asarray(rgba)
    paper = np.median(pixels[pixels[..., 3] > 229][:, :3], axis=0)
    sheet = Image.new("RGBA", rgba.size, (*(int(value) for value in paper), 255))
    sheet.alpha_composite(rgba)
    return sheet.convert("RGB")


def _to_8_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0, neginf=0)
        low, high = float(values.min()), float(values.max())
        scaled = (values - low) / (high - low or 1.0) * 255
        return Image.fromarray(scaled.astype(np.uint8))
    if image.mode in ("P", "PA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode == "1":  # Pillow scales two levels without any in between: thin lines would be lost
        return image.convert("L")
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")


def _too_large(name: str) -> ImageError:
    most = MAX_PIXELS // 1_000_000
    return ImageError("{name} is larger than {most} million pixels. Scale it down and try again.", name=name, most=most)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            "{path} can't be opened: {reason}. Check the path.", path=path, reason=error.strerror or error
        ) from error
