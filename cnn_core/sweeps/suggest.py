"""Default search range around the current value of a parameter."""

from __future__ import annotations

from math import inf

from cnn_core.sweeps.knobs import KnobInfo, Value
from cnn_core.sweeps.spec import Knob

_OPTIONS_AT_MOST = 4
_SMALL = 8  # whole numbers up to here are tried one by one
_UNSET = 2.0  # where a size is left to the layer
# Usual ranges where the current value, mostly 0, gives none: low, high, log scale.
_USUAL = {"l2": (1e-5, 1e-2, True), "weight_decay": (1e-4, 1e-1, True), "label_smoothing": (0.0, 0.2, False)}


def suggest_knob(info: KnobInfo) -> Knob:
    """Choices: all of a few, else the present one and the next. Numbers: from half to double, small shares from a
    tenth to tenfold on a logarithmic range, within what the field allows."""
    if info.options:
        return Knob(path=info.path, choices=_suggest_options(info))
    low, high, log = _USUAL.get(info.path.rsplit(".", 1)[1]) or _suggest_range(info)
    floor, ceiling = _ends(info)
    low, high = max(floor, low), min(ceiling, high)
    if info.whole:
        return Knob(path=info.path, low=int(low), high=int(high))
    return Knob(path=info.path, low=low, high=high, log=log)


def suggest_values(info: KnobInfo) -> tuple[Value, ...]:
    """A few single values for a grid."""
    knob = suggest_knob(info)
    if knob.choices or knob.low is None or knob.high is None:
        return knob.choices
    low, high = float(knob.low), float(knob.high)
    present = info.value if isinstance(info.value, (int, float)) else low
    middle = present if low < present < high else (low * high) ** 0.5 if knob.log else (low + high) / 2
    values = (low, middle, high)
    return tuple(dict.fromkeys(int(value) if info.whole else float(f"{value:.4g}") for value in values))


def _suggest_options(info: KnobInfo) -> tuple[Value, ...]:
    if len(info.options) <= _OPTIONS_AT_MOST:
        return info.options
    others = [option for option in info.options if option != info.value]
    return (info.value, *others[:2])


def _suggest_range(info: KnobInfo) -> tuple[float, float, bool]:
    value = float(info.value) if isinstance(info.value, (int, float)) else _UNSET
    if info.whole:
        return (value - 1, value + 2, False) if value <= _SMALL else (value // 2, value * 2, False)
    if value < 0:
        return value * 2, 0.0, False
    if info.high == 1 and not 0 < value < 0.1:  # a share
        return (0.5, 1.0, False) if value > 0.8 else (0.0, 0.5, False)
    return (value / 10, value * 10, True) if value > 0 else (0.0, 1.0, False)


def _ends(info: KnobInfo) -> tuple[float, float]:
    """The smallest and the largest value that are allowed, open ends a little inside."""
    low = -inf if info.low is None else info.low + (1e-9 if info.low_open else 0.0)
    high = inf if info.high is None else info.high - (1e-2 if info.high_open else 0.0)
    return low, high
