"""Locale-aware formatting of numbers, durations and dates."""

from __future__ import annotations

import re

from ui.text import text

_WITH_UNIT = re.compile(r"([+-]?\d[\d.,]*)([ \u00a0\u202f])(%|s)(?!\w)")


def format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return text("formats.seconds", seconds=rest)
    return text("formats.minutes", minutes=minutes, seconds=f"{rest:02d}")


def format_percent(share: float, decimals: int = 1) -> str:
    """0.9876 → 98.8 %."""
    return text("formats.share", percent=f"{share * 100:.{decimals}f}")


def translate_units(formatted: str) -> str:
    """Figures that the core writes as "98.8 %" or "18.3 s", as the reader's language does, with the same space."""

    def write(found: re.Match[str]) -> str:
        number, space, unit = found.groups()
        figure = text("formats.share", percent=number) if unit == "%" else text("formats.seconds", seconds=number)
        return figure.replace(" ", space)

    return _WITH_UNIT.sub(write, formatted)


def format_number(value: float | None) -> str:
    """A loss with four decimals, or with three digits where that would leave nothing of it."""
    if value is None:
        return "–"
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.01 else f"{value:.3g}"


def format_short(seconds: float) -> str:
    """A span below some seconds."""
    if seconds < 9.95:
        return text("formats.seconds", seconds=f"{seconds:.1f}")
    return format_duration(seconds)
