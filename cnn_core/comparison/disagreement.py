"""Disagreements of two networks on a test set, and agreement among several.

Pure NumPy. `predicted` arrays are (N,) class indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from cnn_core.evaluation.metrics import compute_accuracy, confusion_matrix
from cnn_core.evaluation.predictions import Predictions

Part = Literal["both", "first", "second", "neither"]
PARTS: tuple[Part, ...] = ("both", "first", "second", "neither")


@dataclass(frozen=True)
class Split:
    """A test set in four parts: both right, only the first, only the second, neither.

    Raises `ValueError` for answers to different test sets.
    """

    first: Predictions
    second: Predictions

    def __post_init__(self) -> None:
        if not are_comparable(self.first, self.second):
            raise ValueError("The two networks answered different test sets, so their answers can't be compared.")

    @property
    def total(self) -> int:
        return len(self.first.labels)

    @cached_property
    def margins(self) -> np.ndarray:
        """float32 (N,): how much more probability the first gives to the true class than the second, −1 to 1."""
        there = np.arange(self.total), self.first.labels
        return np.nan_to_num(self.first.probabilities[there]) - np.nan_to_num(self.second.probabilities[there])

    @property
    def differing(self) -> int:
        """Images with different predictions."""
        return int((self.first.predicted != self.second.predicted).sum())

    def mask(self, part: Part) -> np.ndarray:
        """bool (N,)."""
        first, second = (one.predicted == one.labels for one in (self.first, self.second))
        masks = {"both": first & second, "first": first & ~second, "second": ~first & second}
        return masks.get(part, ~first & ~second)

    def count(self, part: Part) -> int:
        return int(self.mask(part).sum())

    def find(self, part: Part) -> np.ndarray:
        """Indices of the images of a part, largest disagreement first."""
        there = np.flatnonzero(self.mask(part))
        return there[np.argsort(-np.abs(self.margins[there]), kind="stable")]


def are_comparable(first: Predictions, second: Predictions) -> bool:
    """Whether both predictions are for the same test set and classes."""
    return first.classes == second.classes and np.array_equal(first.labels, second.labels)


def compute_agreement(first: np.ndarray, second: np.ndarray) -> float:
    """Fraction of images with the same prediction; NaN without images."""
    return compute_accuracy(first, second)


def compute_kappa(first: np.ndarray, second: np.ndarray, classes: int) -> float:
    """Cohen's kappa, (p − e) / (1 − e), with agreement p and chance agreement e.

    1 is full agreement, 0 what chance gives. NaN where both say one and the same class throughout: chance alone would
    agree. Source: J. Cohen, A coefficient of agreement for nominal scales, 1960.
    """
    matrix = confusion_matrix(first, second, classes) / max(1, len(first))
    agreement, chance = float(np.trace(matrix)), float(matrix.sum(axis=1) @ matrix.sum(axis=0))
    return (agreement - chance) / (1 - chance) if chance < 1 else float("nan")


def compare_all(answers: Sequence[Predictions]) -> tuple[np.ndarray, np.ndarray]:
    """Pairwise agreement and kappa, each a symmetric float (n, n), of predictions for one test set."""
    pairs = [[(one, other) for other in answers] for one in answers]
    agreement = [[compute_agreement(a.predicted, b.predicted) for a, b in row] for row in pairs]
    kappa = [[compute_kappa(a.predicted, b.predicted, a.classes) for a, b in row] for row in pairs]
    return np.array(agreement), np.array(kappa)
