"""Connected pieces of ink: which pixels hang together, and where each piece lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels; `bottom` and `right` are the first row and column beyond it."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def size(self) -> int:
        return max(self.height, self.width)

    def joined(self, other: Box) -> Box:
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

    def overlap(self, other: Box) -> tuple[int, int]:
        """Shared rows and columns; negative where there is a gap of that many pixels."""
        rows = min(self.bottom, other.bottom) - max(self.top, other.top)
        return rows, min(self.right, other.right) - max(self.left, other.left)


@dataclass(frozen=True)
class Piece:
    """One connected piece: its number in the labels (from 1), where it lies, and its pixels."""

    number: int
    box: Box
    area: int


def label_pieces(mask: np.ndarray) -> tuple[np.ndarray, list[Piece]]:
    """bool (H, W) → labels int32 (H, W), 0 where there is nothing, and the pieces in order of their numbers.

    Pixels hang together by their sides and corners. Works on runs of a row, not on pixels.
    """
    height, width = mask.shape
    rows, starts, ends = find_runs(mask)
    labels = np.zeros((height, width), np.int32)
    if not rows.size:
        return labels, []
    found = _join_runs(rows * (width + 2) + starts, rows * (width + 2) + ends, width + 2)
    names, numbers = np.unique(found, return_inverse=True)
    labels[mask] = np.repeat(numbers + 1, ends - starts)
    count = len(names)
    top, left = np.full(count, height), np.full(count, width)
    bottom, right = np.zeros(count, int), np.zeros(count, int)
    np.minimum.at(top, numbers, rows)
    np.minimum.at(left, numbers, starts)
    np.maximum.at(bottom, numbers, rows + 1)
    np.maximum.at(right, numbers, ends)
    area = np.bincount(numbers, ends - starts).astype(int)
    boxes = zip(top.tolist(), left.tolist(), bottom.tolist(), right.tolist(), strict=True)
    return labels, [Piece(i + 1, Box(*box), int(area[i])) for i, box in enumerate(boxes)]


def find_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of True along the rows, in reading order: row, first column, first column beyond."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return rows, starts, np.nonzero(edges == -1)[1]


def _join_runs(starts: np.ndarray, ends: np.ndarray, stride: int) -> np.ndarray:
    """Each run's group, named by its first run. Places count along the rows, `stride` from one row to the next."""
    # A run touches those of the next row that end at or behind its start and start at or before its end.
    first = np.searchsorted(ends, starts + stride, side="left")
    beyond = np.searchsorted(starts, ends + stride, side="right")
    count = np.maximum(beyond - first, 0)
    upper = np.repeat(np.arange(len(starts)), count)
    lower = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    group = np.arange(len(starts))
    while True:
        a, b = group[upper], group[lower]
        if np.array_equal(a, b):
            return group
        np.minimum.at(group, np.maximum(a, b), np.minimum(a, b))  # hook the later group to the earlier one
        while not np.array_equal(group, group[group]):
            group = group[group]
