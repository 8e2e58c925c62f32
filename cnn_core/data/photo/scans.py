"""Small scans that are cropped to the digit, and dithered ones: what the border of an image can't tell."""

from __future__ import annotations

import numpy as np

from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.segment_classifier import NOT_A_DIGIT, classify_segments

LARGEST_SIDE = 64  # pixels: a larger image has a margin of paper
_FLAT = 12.0  # of 255: what differs less is one even color
_DITHERED = 0.08  # of the pixels: more than this change under a median filter


def read_tight_scan(gray: np.ndarray) -> tuple[np.ndarray, bool] | None:
    """Gray (H, W), 0–255, of one cropped digit → ink, 0–1, and whether it is light on dark.

    Both are tried, and the one that looks more like a digit is taken. None for an image that is larger than a scan of
    one digit or of one color.
    """
    if max(gray.shape) > LARGEST_SIDE:
        return None
    low, high = float(gray.min()), float(gray.max())
    if high - low < _FLAT:
        return None
    light = (gray - low) / (high - low)
    inks = [_clean(1 - light), _clean(light)]
    scores = classify_segments(np.array([centre_ink(ink) for ink in inks]))
    best = scores[:, :NOT_A_DIGIT].max(axis=1)
    chosen = int(best.argmax())
    return inks[chosen], bool(chosen)


def is_dithered(gray: np.ndarray) -> bool:
    """Whether gray values are imitated by dots of two levels."""
    from scipy import ndimage

    low, high = gray.min(), gray.max()
    if min(gray.shape) <= LARGEST_SIDE or high - low < 128 or ((gray != low) & (gray != high)).any():
        return False
    changed = ndimage.median_filter(gray, size=3) != gray
    return bool(changed.mean() > _DITHERED)


def smooth_dither(gray: np.ndarray) -> np.ndarray:
    """Replaces dots by the gray that they imitate."""
    from scipy import ndimage

    smoothed: np.ndarray = ndimage.gaussian_filter(gray.astype(np.float32), max(1.5, max(gray.shape) / 250))
    return smoothed


def _clean(ink: np.ndarray) -> np.ndarray:
    return np.where(ink < 0.2, 0.0, ink).astype(np.float32)
