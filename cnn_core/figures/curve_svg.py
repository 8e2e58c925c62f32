"""Training curves as a small SVG: what a file carries that must open without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from math import floor, isfinite, log10
from typing import TypeGuard

from cnn_core.palette import FONTS

_WIDTH, _HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 26, 38
_GAPS = 5  # between ticks of an axis, about


@dataclass(frozen=True)
class Line:
    """`points` are (x, y), None for y leaves a gap. `dots` draws circles, `joined` the line between them."""

    name: str
    color: str
    points: Sequence[tuple[float, float | None]]
    dash: str = ""
    width: float = 2.0
    opacity: float = 1.0
    dots: bool = False
    joined: bool = True


def draw_lines(lines: Sequence[Line], title: str, x_title: str, x_end: float, percent: bool) -> str:
    """SVG source; words and axes in `currentColor`. The x axis goes from 0 to `x_end`, y follows the figures."""
    values = [y for line in lines for _, y in line.points if _is_number(y)]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if not percent:
        low = min(0.0, low)  # a loss is read against zero
    if _is_flat(low, high):  # one figure alone
        low, high = (low - 0.01, high) if percent else (low, low + 1.0)
    y_ticks = [tick for tick in compute_ticks(low, high) if not percent or tick <= 1]  # no share is above 100 %
    frame = _Frame(max(1.0, x_end), min(y_ticks[0], low), max(y_ticks[-1], high))
    parts = [_text(_LEFT, 15, title, 14, "start"), _text((_LEFT + _WIDTH) / 2, _HEIGHT - 4, x_title, 11)]
    parts += [_y_tick(frame, tick, percent) for tick in y_ticks]
    parts += [_text(frame.x(tick), _HEIGHT - 20, f"{tick:g}", 11) for tick in compute_ticks(0, x_end) if tick <= x_end]
    parts += [part for line in lines for part in _draw(frame, line)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="{FONTS}" '
        f'role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def compute_ticks(low: float, high: float) -> list[float]:
    """About five round numbers (1, 2 or 5 times a power of ten apart) within low … high, widened to round ends."""
    if _is_flat(low, high):
        return [low]
    rough = (high - low) / _GAPS
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), -floor(-high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


@dataclass(frozen=True)
class _Frame:
    x_end: float
    low: float
    high: float

    def x(self, value: float) -> float:
        return round(_LEFT + value / self.x_end * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP), 1)


def _draw(frame: _Frame, line: Line) -> Iterable[str]:
    style = f'stroke="{line.color}" stroke-width="{line.width}" opacity="{line.opacity}"'
    style += f' stroke-dasharray="{line.dash}"' if line.dash else ""
    pieces = [list(piece) for there, piece in groupby(line.points, key=lambda p: _is_number(p[1])) if there]
    for piece in pieces:
        places = [(frame.x(x), frame.y(y or 0.0)) for x, y in piece]
        if line.joined:
            yield f'<polyline fill="none" {style} points="{" ".join(f"{x},{y}" for x, y in places)}"/>'
        if line.dots:
            yield from (f'<circle cx="{x}" cy="{y}" r="3.2" fill="{line.color}"/>' for x, y in places)


def _y_tick(frame: _Frame, tick: float, percent: bool) -> str:
    y = frame.y(tick)
    line = f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="currentColor" stroke-opacity="0.18"/>'
    return line + _text(_LEFT - 6, y + 4, f"{tick * 100:g}%" if percent else f"{tick:g}", 11, "end")


def _text(x: float, y: float, words: str, size: int, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}" fill="currentColor">{escape(words)}</text>'


def _is_flat(low: float, high: float) -> bool:
    """Whether nothing but rounding lies between."""
    return high - low <= 1e-9 * max(1.0, abs(high))


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and isfinite(value)
