"""Digits detected on a canvas: the same for all pages and models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.detected import DetectedDigits
from cnn_core.data.photo.reading import How, read_digits
from cnn_core.runs.store import RunRecord


@dataclass(frozen=True, eq=False)
class DrawnDigits:
    """`whole` is all ink, prepared as one digit, float32 (28, 28), 0–1; `found` are its digits in rows."""

    whole: np.ndarray
    found: DetectedDigits

    @property
    def are_several(self) -> bool:
        return len(self.found.digits) > 1

    def inputs_of(self, run: RunRecord) -> Sequence[np.ndarray]:
        """What this model is given: each digit, or the whole canvas for a model of other things than digits."""
        if self.are_several and DATASETS[run.experiment.dataset].holds_digits:
            return [digit.centred for digit in self.found.digits]
        return [self.whole]


def detect_digits(ink: np.ndarray | None, how: How = "auto") -> DrawnDigits | None:
    """Ink (H, W), 0–1; None while there is none."""
    return None if ink is None else _detect(ink.tobytes(), ink.shape, how)


@lru_cache(maxsize=32)
def _detect(ink: bytes, shape: tuple[int, int], how: How) -> DrawnDigits:
    drawn = np.frombuffer(ink, np.float32).reshape(shape)
    return DrawnDigits(centre_ink(drawn), read_digits(drawn, how))
