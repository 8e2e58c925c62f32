"""Numbers as a person reads them."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def format_number(value: float | None) -> str:
    """A loss with four decimals, or with three digits where that would leave nothing of it."""
    if value is None:
        return "–"
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.01 else f"{value:.3g}"


def format_short(seconds: float) -> str:
    """A span below some seconds."""
    return f"{seconds:.1f} s" if seconds < 9.95 else format_duration(seconds)
