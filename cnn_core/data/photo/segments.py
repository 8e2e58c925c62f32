"""Connected components of ink."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

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

    @property
    def area(self) -> int:
        return self.height * self.width

    def crop(self, image: np.ndarray) -> np.ndarray:
        return image[self.top : self.bottom, self.left : self.right]

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
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

    def distance(self, other: Box) -> int:
        """Pixels between the boxes, in rows or columns, whichever are more; 0 where they touch."""
        rows, columns = self.overlap(other)
        return max(0, -rows, -columns)


def join_boxes(boxes: Iterable[Box]) -> Box:
    """The smallest box around all; at least one is given."""
    return reduce(Box.joined, boxes)


@dataclass(frozen=True)
class Piece:
    """One connected component: its label (from 1), box, and number of pixels."""

    number: int
    box: Box
    area: int


def label_pieces(mask: np.ndarray) -> tuple[np.ndarray, list[Piece]]:
    """bool (H, W) → labels int32 (H, W), 0 where there is nothing, and the pieces in order of their numbers.

    Pixels are connected by their sides and corners; numbers follow the reading order of each piece's first pixel.
    """
    from scipy import ndimage

    labels, count = ndimage.label(mask, structure=np.ones((3, 3), int))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
    pieces = [
        Piece(number, Box(rows.start, columns.start, rows.stop, columns.stop), int(areas[number]))
        for number, (rows, columns) in enumerate(ndimage.find_objects(labels), 1)
    ]
    return labels, pieces


def find_runs(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Runs of True along the rows, in reading order: row, first column, first column beyond."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    return rows, starts, np.nonzero(edges == -1)[1]
