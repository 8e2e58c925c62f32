"""How much of an axis a live curve opens with: the first batches must not squash what comes after them.

A range is changed only at an epoch's end and when the number of points has doubled, so that a growing curve is calm.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, isfinite, log, log10

_FIRST_POINTS = 16  # fewer say nothing about where a curve is going
_OUTLIERS = 0.05
_MARGIN = 1.1
_NICE = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5)
_HEADROOM = 0.03  # share of the range above 100 %, so that a marker there is whole
_DECADES_AT_MOST = 6

Values = Sequence[float | None]


def chance_loss(loss: str, classes: int) -> float:
    """The loss of a network that gives every class the same probability.

    Cross-entropies and the Kullback-Leibler divergence from a one-hot label: ln(classes). Mean squared error:
    ((1 − 1/c)² + (c − 1)/c²) / c = (c − 1)/c².
    """
    return (classes - 1) / classes**2 if loss == "mse" else log(classes)


def settle(within: Values, done: int) -> Values:
    """The points that a range is made of: `done` ones of whole epochs, or the largest power of two if that is more."""
    power = 1 << (len(within).bit_length() - 1) if within else 0
    return within[: max(done, power)]


def loss_range(within: Values, by_epoch: Values, chance: float) -> tuple[float, float]:
    """From zero: to just above chance while there are few points, then to what all but the highest twentieth need.

    Figures by epoch are never cut off.
    """
    points, epochs = _numbers(within), _numbers(by_epoch)
    if len(points) < _FIRST_POINTS and not epochs:
        return 0.0, _MARGIN * chance
    needed = max([_quantile(points, 1 - _OUTLIERS), *epochs])
    return 0.0, ceil_nicely(_MARGIN * needed)


def loss_decades(within: Values, by_epoch: Values, chance: float) -> tuple[float, float]:
    """The same for a logarithmic axis, as exponents of ten: whole decades that hold every point, six at most."""
    values = [value for value in [*_numbers(within), *_numbers(by_epoch), chance] if value > 0]
    top = ceil(log10(max(values)))
    return max(floor(log10(min(values))), top - _DECADES_AT_MOST), top


def accuracy_range(within: Values, by_epoch: Values) -> tuple[float, float]:
    """Up to 100 %; from zero first, and from nearer by when all but the lowest twentieth lie higher."""
    points, epochs = _numbers(within), _numbers(by_epoch)
    floor_ = 0.0
    if len(points) >= _FIRST_POINTS or epochs:
        low = min([_quantile(points, _OUTLIERS), *epochs])
        floor_ = next((step for step in _FLOORS if step < low), 0.0)
    return floor_, 1 + _HEADROOM * (1 - floor_)


def _numbers(values: Values) -> list[float]:
    return [value for value in values if value is not None and isfinite(value)]


def _quantile(values: list[float], share: float) -> float:
    """The value below which that share of them lies; of none, the one that asks for nothing."""
    if not values:
        return 0.0 if share > 0.5 else 1.0
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ceil_nicely(value: float) -> float:
    """The next of 1, 1.5, 2, 3 … times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return float(next(step for step in _NICE if step * power >= value * (1 - 1e-9)) * power)
