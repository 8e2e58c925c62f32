"""Estimates paper brightness and extracts ink."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

_FAINTEST = 16.0  # 1/16 of the range: what differs less is an empty sheet
_SHEET_SIDE = 64  # a smaller image is a digit, not a sheet
_MOST_NOISE = 0.05  # of the paper's brightness
_LEAST_CONTRAST = 0.05  # of the paper's brightness: what differs less is paper


def is_even(grey: np.ndarray) -> bool:
    """Whether an image (H, W), 0–255, is a drawing or scan on paper of one brightness, which needs no evening out."""
    border = _border_of(grey)
    difference, _ = _difference_from_border(grey)
    strongest = max(float(difference.max()), _FAINTEST)
    low, high = np.percentile(border, [10, 90])
    other_side = float((difference < -max(8.0, 0.06 * strongest)).mean())
    between = float(((difference > 0.12 * strongest) & (difference < 0.5 * strongest)).mean())
    inked = difference >= 0.5 * strongest
    ink = float(inked.mean())
    # No pen is as wide, or covers as much: a sheet of paper on a desk.
    wide = max(grey.shape) // (6 if ink > 0.3 else 4)
    if min(grey.shape) >= _SHEET_SIDE and ink > 0.15 and _holds_square(inked, wide):
        return False
    return bool(high - low <= max(8.0, 0.15 * strongest) and other_side < 0.02 and between < max(0.04, min(0.25, ink)))


def ink_of_drawing(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """Gray values (H, W) on even paper → ink, 0–1, and whether it is light on dark. Ink is what differs from paper."""
    difference, light_on_dark = _difference_from_border(grey)
    strongest = float(difference.max())
    if strongest < _FAINTEST:
        return np.zeros(grey.shape, np.float32), False
    ink = np.clip(difference / strongest, 0.0, 1.0)
    return np.where(ink < 0.2, 0.0, ink).astype(np.float32), light_on_dark


def _difference_from_border(grey: np.ndarray) -> tuple[np.ndarray, bool]:
    """How far each pixel is from the paper, towards the ink. The border shows what color the paper is."""
    difference = grey - float(np.median(_border_of(grey)))
    # Paper noise goes both ways, ink only one: keep the side that reaches further.
    dark_on_light = -float(difference.min()) >= float(difference.max())
    return (-difference if dark_on_light else difference), not dark_on_light


def _border_of(grey: np.ndarray) -> np.ndarray:
    return np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])


def is_light_on_dark(grey: np.ndarray) -> bool:
    """Whether strokes are lighter than their surroundings."""
    from scipy import ndimage

    height, width = grey.shape
    radius = max(2, max(height, width) // 6)
    contrast = grey - ndimage.uniform_filter(grey.astype(np.float64), size=2 * radius + 1, mode="nearest")
    noise = 1.5 * float(np.median(np.abs(contrast - np.median(contrast))))
    strong = np.where(np.abs(contrast) > noise, contrast, 0.0)
    return bool((strong**3).sum() > 0)  # few pixels far off, against many that are a little off


def estimate_paper(grey: np.ndarray) -> np.ndarray:
    """Brightness of the paper, also under the ink: float32 (H, W), 0–255, for dark ink.

    A morphological closing with a window wider than a pen: it fills strokes and keeps the edges of shadows.
    """
    from scipy import ndimage

    window = max(3, min(grey.shape) // 4, max(grey.shape) // 8) | 1
    return np.maximum(ndimage.grey_closing(grey, size=(window, window), mode="nearest"), 1.0).astype(np.float32)


def smooth_noise(grey: np.ndarray) -> np.ndarray:
    """3×3 median filter: removes specks and keeps edges."""
    if min(grey.shape) < 64:
        return grey
    image = Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.MedianFilter(3)), dtype=np.float32)


def ink_on(paper: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Ink (H, W), 0–1, from the brightness missing relative to the paper; soft at stroke edges.

    What counts as ink is decided by Otsu's threshold (N. Otsu, 1979), but nothing within the paper's own noise.
    """
    missing = 1.0 - grey / paper
    middle = float(np.median(missing))
    missing = missing - middle
    noise = 1.4826 * float(np.median(np.abs(missing)))
    if float(np.median(grey)) >= 250:  # overexposed: grain on one side only, which the median deviation does not see
        noise = max(noise, min(1.4826 * float(np.percentile(missing, 75)), _MOST_NOISE))
    least = max(_LEAST_CONTRAST, 5.0 * noise)
    threshold = max(otsu(missing), least)
    dark = missing[missing > threshold]
    if dark.size < max(2, missing.size // 50_000):
        return np.zeros(grey.shape, np.float32)
    full = max(float(np.percentile(dark, 75)), threshold * 1.2)
    start = max(0.5 * threshold, 0.2 * full, min(3.0 * noise, 0.8 * threshold))
    ink = np.clip((missing - start) / (full - start), 0.0, 1.0)
    return np.where(ink < 0.2, 0.0, ink).astype(np.float32)


def otsu(values: np.ndarray) -> float:
    """Otsu's threshold with 256 bins."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts).astype(float)
    above = below[-1] - below
    total = np.cumsum(counts * centres)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(centres[int(np.argmax(np.nan_to_num(between)))])


def _holds_square(mask: np.ndarray, side: int) -> bool:
    """Whether the mask contains a square of the given side."""
    from scipy import ndimage

    return bool(ndimage.minimum_filter(mask, size=side, mode="constant", cval=False).any())
