"""Photo pipeline: gray, background correction, ink, digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from cnn_core.data.photo.cleaning import has_marks, remove_dirt, remove_lines
from cnn_core.data.photo.detected import DetectedDigit, DetectedDigits
from cnn_core.data.photo.paper import (
    estimate_paper,
    ink_of_drawing,
    ink_on,
    is_even,
    is_light_on_dark,
    smooth_noise,
)
from cnn_core.data.photo.reading import How, read_digits
from cnn_core.data.photo.scans import is_dithered, read_tight_scan, smooth_dither
from cnn_core.data.photo.sheet import cut_to_sheet

DRAWING_SIDE = 512  # far more than 28×28 can use; keeps a scan as quick as a doodle
PHOTO_SIDE = 1024  # on a whole sheet a digit is small, and a pen's line thin
_SMALLEST_PHOTO = 300  # pixels; on a smaller image a stroke is wide
_SURE = float(np.log(0.9))


@dataclass(frozen=True, eq=False)
class PhotoSteps:
    """How an image became digits. Each array is float32 (H, W).

    `grey` 0–255 is the image as read, cut to the sheet. `paper` 0–255 is how bright the paper is at each point, or
    would be beneath the ink. `ink` is 0 paper to 1 full ink. `was_even`: one brightness everywhere, so that nothing
    was evened out. `how` is that of `read_digits`.
    """

    grey: np.ndarray
    paper: np.ndarray
    ink: np.ndarray
    light_on_dark: bool = False
    was_even: bool = True
    how: How = "auto"

    @cached_property
    def evened(self) -> np.ndarray:
        """The image as if lit evenly and drawn dark on light: 255 where there is paper."""
        light, paper = (255 - self.grey, 255 - self.paper) if self.light_on_dark else (self.grey, self.paper)
        return np.clip(255 * light / np.maximum(paper, 1), 0, 255).astype(np.float32)

    @cached_property
    def detected(self) -> DetectedDigits:
        """The digits in rows; none on a blank sheet."""
        return read_digits(self.ink, self.how, with_rotation=True)

    @property
    def digits(self) -> list[DetectedDigit]:
        """The digits in reading order."""
        return self.detected.digits


def steps_of_picture(image: Image.Image) -> PhotoSteps:
    """An opaque upright image of 8 bits → its steps, scaled down to 512 pixels, or to 1024 where light is uneven."""
    raw = np.asarray(image.convert("L"), dtype=np.float32) if max(image.size) <= 2 * PHOTO_SIDE else None
    if raw is not None and is_dithered(raw):
        image = Image.fromarray(np.clip(smooth_dither(raw), 0, 255).astype(np.uint8))
    drawing = _to_grey(image, DRAWING_SIDE)
    steps = _steps_of_drawing(drawing) or _steps_of_photo(image)
    tight = read_tight_scan(drawing)
    if tight is None:
        return steps
    ink, light_on_dark = tight
    paper = np.full_like(drawing, drawing.min() if light_on_dark else drawing.max())
    cropped = PhotoSteps(drawing, paper, ink, light_on_dark)
    # A small image may be cropped to the digit: then its border is not paper.
    score = steps.detected.mean_log_probability
    return cropped if score < _SURE and cropped.detected.mean_log_probability > score else steps


def _steps_of_drawing(drawing: np.ndarray) -> PhotoSteps | None:
    """Of an image on even paper; None if the paper is uneven or marked."""
    if not is_even(drawing):
        return None
    ink, light_on_dark = ink_of_drawing(drawing)
    if has_marks(ink):
        return None
    paper = np.full_like(drawing, np.median(drawing[ink == 0]) if (ink == 0).any() else 255)
    return PhotoSteps(drawing, paper, ink, light_on_dark)


def _steps_of_photo(image: Image.Image) -> PhotoSteps:
    grey = cut_to_sheet(_to_grey(_enlarge(image), PHOTO_SIDE))
    smooth = smooth_noise(grey)
    step = -(-max(smooth.shape) // 300)  # which way round is seen from afar, too
    light_on_dark = is_light_on_dark(smooth[::step, ::step])
    dark_on_light = 255 - smooth if light_on_dark else smooth
    paper = estimate_paper(dark_on_light)
    ink = remove_dirt(remove_lines(ink_on(paper, dark_on_light)))
    return PhotoSteps(grey, 255 - paper if light_on_dark else paper, ink, light_on_dark, was_even=False)


def _enlarge(image: Image.Image) -> Image.Image:
    """A small photo enlarged up to three times, as smoothing would erase its thin strokes."""
    ratio = min(3.0, PHOTO_SIDE / max(image.size))
    if ratio < 1.3 or max(image.size) < _SMALLEST_PHOTO:
        return image
    size = round(image.width * ratio), round(image.height * ratio)
    return image.convert("L").resize(size, Image.Resampling.BICUBIC)


def steps_of_sheet(alpha: np.ndarray) -> PhotoSteps:
    """A drawing on a transparent sheet: `alpha` (H, W), 0–1, is its ink."""
    return PhotoSteps(255 * (1 - alpha), np.full_like(alpha, 255), alpha)


def _to_grey(image: Image.Image, side: int) -> np.ndarray:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return np.asarray(small.convert("L"), dtype=np.float32)
