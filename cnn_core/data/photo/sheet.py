"""Crops a photo to the sheet of paper in it."""

from __future__ import annotations

import numpy as np

from cnn_core.data.photo.paper import otsu
from cnn_core.data.photo.segments import label_pieces

_SMALLEST_SIDE = 64  # of an image that can show a sheet and what it lies on
_SMALLEST_SHARE = 0.12
_STEP = 4  # pixels inside and outside a sheet's edge
_LEAST_JUMP = 0.5  # a sheet ends at once, a lamp's light fades


def cut_to_sheet(grey: np.ndarray) -> np.ndarray:
    """Gray (H, W) of a sheet that differs from what it lies on → only the sheet; any other image as it is."""
    if min(grey.shape) < _SMALLEST_SIDE:
        return grey
    threshold = otsu(grey)
    for inside in (grey > threshold, grey <= threshold):
        sheet = _find_sheet(grey, inside)
        if sheet is not None:
            return sheet
    return grey


def _find_sheet(grey: np.ndarray, inside: np.ndarray) -> np.ndarray | None:
    border = np.concatenate([inside[0], inside[-1], inside[:, 0], inside[:, -1]])
    if border.mean() > 0.2:
        return None
    labels, pieces = label_pieces(inside)
    if not pieces:
        return None
    piece = max(pieces, key=lambda piece: piece.area)
    box = piece.box
    if piece.area < max(_SMALLEST_SHARE * inside.size, 0.55 * box.height * box.width):
        return None
    within = slice(box.top, box.bottom), slice(box.left, box.right)
    own = labels[within] == piece.number
    first, last = own.argmax(axis=1), box.width - own[:, ::-1].argmax(axis=1)
    if not _ends_at_once(grey, inside, box.top, box.left + first, box.left + last - 1):
        return None
    columns = np.arange(box.width)
    sheet = (columns >= first[:, np.newaxis] + _STEP) & (columns < last[:, np.newaxis] - _STEP)
    sheet[:_STEP], sheet[-_STEP:] = False, False
    paper = np.median(grey[within][sheet & own]) if (sheet & own).any() else np.median(grey[within])
    return np.where(sheet, grey[within], paper).astype(np.float32)


def _ends_at_once(grey: np.ndarray, inside: np.ndarray, top: int, first: np.ndarray, last: np.ndarray) -> bool:
    """Whether brightness jumps at the left and right edges by much of the difference between sheet and ground."""
    rows, width = np.arange(top, top + len(first)), grey.shape[1]
    difference = float(grey[inside].mean() - grey[~inside].mean())
    for edge, out in ((first, -_STEP), (last, _STEP)):
        jump = grey[rows, np.clip(edge - out, 0, width - 1)] - grey[rows, np.clip(edge + out, 0, width - 1)]
        if np.median(jump) / difference < _LEAST_JUMP:
            return False
    return True
