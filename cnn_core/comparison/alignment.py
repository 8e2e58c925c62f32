"""Alignment of the layers of two networks.

Layers keep their order; two stand in one row where their maps are about the same size. An alignment of two sequences
(Needleman and Wunsch 1970) whose price for a pair is how far apart the sizes are, in doublings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log2

GAP = 0.25  # the price of a layer that stands alone: a pair up to half a doubling apart costs less than two gaps
_OTHER_KIND = 0.05  # among equal sizes, a convolution rather stands beside a convolution


@dataclass(frozen=True)
class Stage:
    """A layer for alignment. `side` is the mean of height and width of its maps in pixels, 0 for units."""

    name: str
    kind: str
    side: float


@dataclass(frozen=True)
class Row:
    """Indices into the two networks' layers; None where one has nothing of that size."""

    first: int | None
    second: int | None


def align(first: Sequence[Stage], second: Sequence[Stage]) -> list[Row]:
    """Aligns every layer of both in order; maps are never paired with units."""
    prices = [[0.0] * (len(second) + 1) for _ in range(len(first) + 1)]  # of aligning what comes from there on
    for i in range(len(first), -1, -1):
        for j in range(len(second), -1, -1):
            if i < len(first) or j < len(second):
                prices[i][j] = min(price for price, _, _ in _moves(first, second, prices, i, j))
    rows, i, j = [], 0, 0
    while i < len(first) or j < len(second):
        _, di, dj = min(_moves(first, second, prices, i, j), key=lambda move: move[0])
        rows.append(Row(i if di else None, j if dj else None))
        i, j = i + di, j + dj
    return rows


def price_pair(one: Stage, other: Stage) -> float:
    """Cost of pairing two layers: log2 of their size ratio, infinite between maps and units."""
    if not one.side or not other.side:
        apart = 0.0 if one.side == other.side else inf
    else:
        apart = abs(log2(one.side / other.side))
    return apart + (0.0 if one.kind == other.kind else _OTHER_KIND)


def _moves(
    first: Sequence[Stage], second: Sequence[Stage], prices: list[list[float]], i: int, j: int
) -> list[tuple[float, int, int]]:
    """(price to the end, layers taken of the first, of the second); a pair comes before gaps, larger maps first."""
    moves = []
    has_first, has_second = i < len(first), j < len(second)
    if has_first and has_second:
        moves.append((price_pair(first[i], second[j]) + prices[i + 1][j + 1], 1, 1))
    gaps = []
    if has_first:
        gaps.append((GAP + prices[i + 1][j], 1, 0))
    if has_second:
        gaps.append((GAP + prices[i][j + 1], 0, 1))
    if len(gaps) == 2 and second[j].side > first[i].side:
        gaps.reverse()
    return moves + gaps
