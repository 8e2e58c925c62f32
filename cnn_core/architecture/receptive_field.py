"""Receptive fields: the input pixels that one value of a map can depend on.

They grow as r ← r + (k − 1)·j, j ← j·s (Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields), along
rows and columns separately.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


def compute_same_padding(size: int, window: int, stride: int) -> int:
    """The zeros that TensorFlow's `same` padding puts before an axis of `size` pixels.

    It pads what ⌈size / stride⌉ positions need, the odd one below and on the right
    (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
    """
    return max((-(-size // stride) - 1) * stride + window - size, 0) // 2


@dataclass(frozen=True)
class ReceptiveField:
    """Cell (r, c) of a map depends on input rows step·r + first to step·r + last, and on columns likewise.

    Each is int64 (2,), for rows and columns. Padding counts: it may be outside the image.
    """

    step: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of_input(cls) -> ReceptiveField:
        """Receptive field of an input pixel: itself."""
        zero = np.zeros(2, np.int64)
        return cls(np.ones(2, np.int64), zero, zero)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = (self.last - self.first + 1).tolist()
        return height, width

    def slide(self, window: Sequence[int], strides: Sequence[int], before: Sequence[int] = (0, 0)) -> ReceptiveField:
        """Receptive field of the output of a window over these cells.

        Each argument is (rows, columns): the window's size with the gaps of a dilation, its strides, and the zeros that
        padding puts before the first cell.
        """
        reach, padding = np.array(window) - 1, np.array(before)
        first = self.first - self.step * padding
        return ReceptiveField(self.step * np.array(strides), first, self.last + self.step * (reach - padding))

    def unite(self, others: Sequence[ReceptiveField]) -> ReceptiveField:
        """Union of receptive fields with equal strides."""
        first = np.minimum.reduce([self.first, *(other.first for other in others)])
        return ReceptiveField(self.step, first, np.maximum.reduce([self.last, *(other.last for other in others)]))

    def boxes(self, cells: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Cells (…, 2) → int64 (…, 4): first row, first column, last row + 1, last column + 1, within the image."""
        start = np.clip(self.step * cells + self.first, 0, size)
        end = np.clip(self.step * cells + self.last + 1, 0, size)
        return np.concatenate([start, end], axis=-1)
