"""Numbers and durations in the reader's language."""

from __future__ import annotations

import re

from cnn_core import formats
from cnn_core.formats import MISSING
from ui.text import text

_WITH_UNIT = re.compile(
    r"(?P<number>[+-]?\d[\d.,]*)(?P<space>[ \u00a0\u202f])(?P<unit>%|s)(?!\w)|(?P<minutes>\d+):(?P<rest>\d\d) min(?!\w)"
)


def translate_units(formatted: str) -> str:
    """Figures that the core writes as "98.8 %", "18.3 s" or "2:05 min", as the reader's language does.

    The space before the unit stays the same.
    """

    def write(found: re.Match[str]) -> str:
        if found["minutes"]:
            return text("formats.minutes", minutes=found["minutes"], seconds=found["rest"])
        is_share = found["unit"] == "%"
        values = {"percent" if is_share else "seconds": found["number"]}
        return text("formats.share" if is_share else "formats.seconds", **values).replace(" ", found["space"])

    return _WITH_UNIT.sub(write, formatted)


def format_duration(seconds: float) -> str:
    return translate_units(formats.format_duration(seconds))


def format_short(seconds: float) -> str:
    """With tenths below 10 s."""
    return translate_units(formats.format_duration(seconds, tenths=True))


def format_percent(share: float | None, decimals: int = 1) -> str:
    """0.9876 → 98.8 %; a dash for None and NaN."""
    return translate_units(formats.format_percent(share, decimals))


def format_number(value: float | None) -> str:
    """A loss with four decimals, or with three digits where it is very large or that would leave nothing of it."""
    if value is None:
        return MISSING
    if abs(value) >= 1e4:
        return f"{value:.3g}"
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.01 else f"{value:.3g}"
