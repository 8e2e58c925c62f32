"""Confidence intervals and significance tests, based on SciPy's distributions.

`scipy.special` and not `scipy.stats`: it is there in a third of the time, and a page waits for it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

CONFIDENCE = 0.95
ALPHA = 1 - CONFIDENCE  # how often a difference is claimed where there is none
POWER = 0.8  # how often a difference of that size would be found with the repeats that are advised
_ROUNDING = math.sqrt(12)  # what is known to one step has at least a standard deviation of step / √12


@dataclass(frozen=True)
class Interval:
    """Closed interval."""

    low: float
    high: float


def compute_spread(values: Sequence[float], step: float = 0.0) -> float:
    """Standard deviation of the repeats (n − 1 in the divisor), at least that of rounding to `step`."""
    return max(stdev(values), step / _ROUNDING)


def compute_mean_interval(values: Sequence[float], step: float = 0.0) -> Interval | None:
    """Student's t interval of the mean; None for fewer than two values.

    `step`: how finely the values are known, such as one test image of N. Equal values are then no certainty.
    """
    if len(values) < 2:
        return None
    half = _quantile(len(values) - 1) * compute_spread(values, step) / math.sqrt(len(values))
    return Interval(fmean(values) - half, fmean(values) + half)


def compute_share_interval(share: float, images: int) -> Interval:
    """Wilson score interval of a proportion of `images`."""
    from scipy.special import ndtri

    z = float(ndtri(1 - ALPHA / 2))
    centre = (share + z * z / (2 * images)) / (1 + z * z / images)
    half = z / (1 + z * z / images) * math.sqrt(share * (1 - share) / images + (z / (2 * images)) ** 2)
    return Interval(max(0.0, centre - half), min(1.0, centre + half))


@dataclass(frozen=True)
class MeansTest:
    """Test of two means: `difference` is first minus second, `p` two-sided, `interval` of the difference."""

    difference: float
    p: float
    interval: Interval


def compare_means(first: Sequence[float], second: Sequence[float], step: float = 0.0) -> MeansTest:
    """Welch's t-test of two sets of repeats, each of two values or more. `step` as in `compute_mean_interval`."""
    from scipy.special import stdtr

    shares = [compute_spread(values, step) ** 2 / len(values) for values in (first, second)]
    difference, variance = fmean(first) - fmean(second), sum(shares)
    if variance == 0:
        return MeansTest(difference, float(difference == 0), Interval(difference, difference))
    # Welch–Satterthwaite
    freedom = variance**2 / sum(s * s / (len(v) - 1) for s, v in zip(shares, (first, second), strict=True))
    half = _quantile(freedom) * math.sqrt(variance)
    p = 2 * float(stdtr(freedom, -abs(difference) / math.sqrt(variance)))
    return MeansTest(difference, p, Interval(difference - half, difference + half))


@dataclass(frozen=True)
class ImagesTest:
    """Paired test: `only_first` counts images that only the first classifies correctly; `p` is two-sided."""

    only_first: int
    only_second: int
    p: float


def compare_images(first: np.ndarray, second: np.ndarray) -> ImagesTest:
    """McNemar's exact test. Both (N,) bool: which of the same N images a network gets right."""
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(second & ~first))
    return ImagesTest(only_first, only_second, _sign_test(only_first, only_second))


def bound_images(wrong_first: int, wrong_second: int) -> float:
    """Largest p-value of `compare_images` for given numbers of mistakes.

    It is that of no image on which both err: each one they share leaves the lead and takes away from the noise.
    """
    return _sign_test(wrong_first, wrong_second)


def correct_for_many(ps: Sequence[float]) -> list[float]:
    """Holm's step-down correction of p-values for multiple tests."""
    corrected, least = [0.0] * len(ps), 0.0
    for rank, index in enumerate(sorted(range(len(ps)), key=ps.__getitem__)):
        least = max(least, min(1.0, (len(ps) - rank) * ps[index]))
        corrected[index] = least
    return corrected


def count_repeats_needed(
    first: Sequence[float], second: Sequence[float], step: float = 0.0, alpha: float = ALPHA, at_most: int = 100
) -> int | None:
    """Repeats per contender for a power of 80%; None beyond `at_most`.

    Power of the t-test by the noncentral t distribution, from the difference and the spreads seen so far.
    """
    from scipy.special import nctdtr, stdtrit

    difference = abs(fmean(first) - fmean(second))
    spread = math.sqrt((compute_spread(first, step) ** 2 + compute_spread(second, step) ** 2) / 2)
    if difference == 0 or spread == 0:
        return None

    def is_enough(repeats: int) -> bool:
        freedom, shift = 2 * (repeats - 1), difference / spread * math.sqrt(repeats / 2)
        if shift > 30:  # beyond the reach of the distribution's series, and beyond all doubt
            return True
        return 1 - float(nctdtr(freedom, shift, stdtrit(freedom, 1 - alpha / 2))) >= POWER

    repeats = bisect_left(range(at_most + 1), True, lo=2, key=is_enough)
    return repeats if repeats <= at_most else None


def _quantile(freedom: float) -> float:
    """Two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - ALPHA / 2))


def _sign_test(ours: int, theirs: int) -> float:
    """Two-sided sign test."""
    from scipy.special import bdtr

    if ours == theirs:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(ours, theirs), ours + theirs, 0.5)))
