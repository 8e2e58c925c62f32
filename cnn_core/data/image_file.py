"""Picture files → ink, whichever way round they were drawn."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cnn_core.errors import ImageError

MAX_PIXELS = 50_000_000
_WORKING_SIDE = 512  # far more than 28×28 can use; keeps a scan as quick as a doodle


def read_ink(source: Path | bytes) -> np.ndarray:
    """A picture file (path or content) → float32 (H, W) ink, 0 paper to 1 full ink.

    Raises `ImageError` for a file that is missing, empty, not a picture, damaged or larger than 50 megapixels.
    """
    return find_ink(_open_image(source))


def read_photo(source: Path | bytes, height: int, width: int) -> np.ndarray:
    """A picture file → uint8 (height, width, 3): its middle, as much of it as has that shape. Raises as `read_ink`."""
    image = ImageOps.exif_transpose(_to_8_bit(_open_image(source))).convert("RGB")
    return np.asarray(ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS))


def _open_image(source: Path | bytes) -> Image.Image:
    name = source.name if isinstance(source, Path) else "The picture"
    content = _read_bytes(source) if isinstance(source, Path) else source
    if not content:
        raise ImageError(f"{name} is empty (0 bytes). Choose a PNG or JPEG picture of a digit.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit, just below, is stricter
            image = Image.open(BytesIO(content))
        if image.width * image.height > MAX_PIXELS:
            raise ImageError(_too_large(name))
        image.load()
    except Image.DecompressionBombError as error:
        raise ImageError(_too_large(name)) from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{name} is not a picture in a form that can be read. Use a PNG or JPEG.") from error
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as error:
        raise ImageError(f"{name} is damaged or in a form that can't be read. Save it again as PNG.") from error
    return image


def find_ink(image: Image.Image) -> np.ndarray:
    """Ink in a picture of any mode: dark on light, light on dark, or drawn on a transparent sheet."""
    image = ImageOps.exif_transpose(image)
    image = _to_8_bit(image)
    image.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.LANCZOS)
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / 255.0
        if alpha.min() < 0.5 <= alpha.max():  # a transparent sheet: what is opaque is the ink
            return alpha
    return ink_from_grey(np.asarray(image.convert("L"), dtype=np.float32))


def ink_from_grey(grey: np.ndarray) -> np.ndarray:
    """(H, W) grey values → ink, 0–1. The border shows what colour the paper is; ink is what differs from it."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    difference = grey - float(np.median(border))
    # Paper noise goes both ways, ink only one: keep the side that reaches further.
    if -float(difference.min()) >= float(difference.max()):
        difference = -difference
    strongest = float(difference.max())
    if strongest < 16:  # less than 1/16 of the range: an empty sheet
        return np.zeros(grey.shape, np.float32)
    ink = np.clip(difference / strongest, 0.0, 1.0)
    return np.where(ink < 0.2, 0.0, ink).astype(np.float32)


def _to_8_bit(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F", "I;16", "I;16B", "I;16L"):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        scaled = (values - low) / (high - low or 1.0) * 255
        return Image.fromarray(scaled.astype(np.uint8))
    if image.mode == "P":
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode == "CMYK" else image


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_PIXELS // 1_000_000} million pixels. Scale it down and try again."


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"{path} can't be opened: {error.strerror or error}. Check the path.") from error
