"""Widens strokes that would fade at 28×28."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from cnn_core.data.photo.segments import find_runs

_THINNEST_PEN = 0.025  # of a digit's size: MNIST's pens are about 0.1; a thinner one fades when scaled down


def thicken_pen(ink: np.ndarray) -> np.ndarray:
    """The same ink where its pen is wide enough to be seen at 28×28, else with a wider pen."""
    size = max(ink.shape)
    wanted = _THINNEST_PEN * size
    width = _pen_width(ink)
    if width >= wanted or size < 40:
        return ink
    grow = round((0.08 * size - width) / 2)
    padded = np.pad(ink, grow)
    image = Image.fromarray(np.rint(padded * 255).astype(np.uint8))
    for _ in range(grow):
        image = image.filter(ImageFilter.MaxFilter(3))
    return np.asarray(image, dtype=np.float32) / 255.0


def _pen_width(ink: np.ndarray) -> float:
    """The median length of the runs of ink, along the rows or columns, whichever is shorter."""
    widths = []
    for mask in (ink > 0.5, (ink > 0.5).T):
        _, starts, ends = find_runs(mask)
        if starts.size:
            widths.append(float(np.median(ends - starts)))
    return min(widths, default=float(max(ink.shape)))
