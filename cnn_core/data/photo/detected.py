"""Digits found in ink, each with the probability that it is one whole digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.pen import thicken_pen
from cnn_core.data.photo.segment_classifier import NOT_A_DIGIT, classify_segments
from cnn_core.data.photo.segments import Box

T = TypeVar("T")

_UNLIKE = float(np.log(0.5))


@dataclass(frozen=True, eq=False)
class DetectedDigit:
    """One digit: `box` in pixels of the ink, and `centred` float32 (28, 28), 0–1.

    `log_probability` is that of being one whole digit, as the segment classifier has it.
    """

    box: Box
    centred: np.ndarray
    log_probability: float

    @property
    def is_unlike(self) -> bool:
        """Whether it looks like no digit, whichever a network names."""
        return self.log_probability < _UNLIKE


@dataclass(frozen=True, eq=False)
class DetectedDigits:
    """`rows` of digits from the top, each from the left. `ignored` are boxes of ink that is in no digit.

    `rotation` is the angle in degrees counterclockwise, 90, 180 or 270, by which the image reads better; 0 otherwise.
    """

    rows: tuple[tuple[DetectedDigit, ...], ...] = ()
    ignored: tuple[Box, ...] = ()
    rotation: int = 0

    @property
    def digits(self) -> list[DetectedDigit]:
        """All digits in reading order."""
        return [digit for row in self.rows for digit in row]

    def by_row(self, values: Sequence[T]) -> list[list[T]]:
        """Divides values, one for each digit in reading order, into the rows."""
        rest = iter(values)
        return [list(islice(rest, len(row))) for row in self.rows]

    @property
    def mean_log_probability(self) -> float:
        """The mean over the digits; minus infinity without any."""
        digits = self.digits
        return float(np.mean([digit.log_probability for digit in digits])) if digits else -np.inf


def classify_digits(boxes: Sequence[Box], inks: Sequence[np.ndarray]) -> list[DetectedDigit]:
    """One digit for each box, from its ink float32 (height, width), 0–1."""
    centred = [centre_ink(thicken_pen(ink)) for ink in inks]
    scores = classify_segments(np.array(centred))[:, :NOT_A_DIGIT].max(axis=1)
    return [DetectedDigit(*each) for each in zip(boxes, centred, map(float, scores), strict=True)]
