"""Digits detected on a canvas or photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.digit_segments import find_digits
from cnn_core.runs.store import RunRecord


@dataclass(frozen=True, eq=False)
class DetectedDigits:
    """`whole` is all ink, prepared as one digit; `digits` are several in reading order, or none. Each (28, 28), 0–1."""

    whole: np.ndarray
    digits: Sequence[np.ndarray] = ()

    def asked_of(self, run: RunRecord) -> Sequence[np.ndarray]:
        """What this model is asked: a model of other things than digits takes the sheet as one image."""
        return self.digits if self.digits and DATASETS[run.experiment.dataset].holds_digits else [self.whole]


def detect_digits(ink: np.ndarray | None) -> DetectedDigits | None:
    """Ink (H, W), 0–1; None while there is none."""
    if ink is None:
        return None
    digits = find_digits(ink)
    return DetectedDigits(centre_ink(ink), [digit.centred for digit in digits] if len(digits) > 1 else ())
