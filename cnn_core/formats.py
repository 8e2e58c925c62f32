"""Numbers with units as text, in English; pages translate the units."""

from __future__ import annotations

import math

MISSING = "–"  # shown where there is no value


def format_percent(share: float | None, decimals: int = 1, signed: bool = False) -> str:
    """A share as a percentage; a dash for None and NaN.

    Example:
        >>> format_percent(0.9876), format_percent(-0.012, signed=True), format_percent(None)
        ('98.8 %', '-1.2 %', '–')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{share * 100:{'+' if signed else ''}.{decimals}f} %"


def format_duration(seconds: float, tenths: bool = False) -> str:
    """Whole seconds, with minutes from 60 s on; with `tenths`, one decimal below 10 s.

    Example:
        >>> format_duration(125), format_duration(3.14), format_duration(3.14, tenths=True)
        ('2:05 min', '3 s', '3.1 s')
    """
    if tenths and seconds < 9.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def format_digits(value: float | None, digits: int = 4) -> str:
    """A number with that many significant digits; a dash for None."""
    return MISSING if value is None else f"{value:.{digits}g}"
