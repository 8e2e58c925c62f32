"""Converts ink to network input with MNIST's preprocessing.

NIST's digits were size-normalized into a 20×20 box keeping their aspect ratio, then placed in 28×28 with their center
of mass in the middle (http://yann.lecun.com/exdb/mnist/). On MNIST itself that center lies at index (14, 14).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

BOX = 20
SIZE = 28
FAINTEST_INK = 0.1  # below this share of full ink a pixel is paper (noise, JPEG fringes)


def centre_ink(ink: np.ndarray) -> np.ndarray:
    """(H, W) ink, 0 paper to 1 full ink → float32 (28, 28), 0–1: cropped, scaled into 20×20, centered by mass.

    A blank sheet comes back blank.

    Example:
        >>> centre_ink(ink).shape
        (28, 28)
    """
    cropped = crop_to_ink(ink)
    if cropped.size == 0:
        return np.zeros((SIZE, SIZE), np.float32)
    return place_by_mass(scale_to_box(cropped))


def bounds_of_ink(ink: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of the bounding box of the ink; both are empty without ink."""
    there = ink > FAINTEST_INK
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if rows.size == 0:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Crops to the bounding box of the ink; (0, 0) without ink."""
    return np.asarray(ink[bounds_of_ink(ink)], dtype=np.float32)


def scale_to_box(ink: np.ndarray) -> np.ndarray:
    """Scales the longest side to 20 pixels with antialiasing; float32, 0–1."""
    height, width = ink.shape
    ratio = BOX / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))  # PIL wants (width, height)
    resized = Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.clip(np.asarray(resized, dtype=np.float32), 0.0, 1.0)


def shrink_sheet(ink: np.ndarray) -> np.ndarray:
    """Resizes the whole canvas to 28×28 without cropping or centering: float32, 0–1."""
    resized = Image.fromarray(ink.astype(np.float32)).resize((SIZE, SIZE), Image.Resampling.BOX)
    return np.clip(np.asarray(resized, dtype=np.float32), 0.0, 1.0)


def place_in_middle(ink: np.ndarray) -> np.ndarray:
    """Centers the bounding box in 28×28: the common shortcut without centering the mass."""
    height, width = ink.shape
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    sheet = np.zeros((SIZE, SIZE), np.float32)
    sheet[top : top + height, left : left + width] = ink
    return sheet


def place_by_mass(ink: np.ndarray) -> np.ndarray:
    """Places ink in 28×28 with its center of mass at index (14, 14), as near as the edges allow."""
    height, width = ink.shape
    mass = float(ink.sum()) or 1.0
    centre_y = float((ink.sum(axis=1) * np.arange(height)).sum()) / mass
    centre_x = float((ink.sum(axis=0) * np.arange(width)).sum()) / mass
    top = min(max(round(SIZE / 2 - centre_y), 0), SIZE - height)
    left = min(max(round(SIZE / 2 - centre_x), 0), SIZE - width)
    sheet = np.zeros((SIZE, SIZE), np.float32)
    sheet[top : top + height, left : left + width] = ink
    return sheet
