"""Separates digits that touch: seams from the top to the bottom of a component that cross little ink."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image

from cnn_core.data.ink import FAINTEST_INK

_SIDE = 48  # pixels of a digit's height at which seams are searched
_MOST_SEAMS = 9
_LEAST_WIDTH = 0.12  # of a digit's height: a part is not narrower
_STRAIGHT = 0.05  # of a digit's height: how far a seam at a narrow place may bend
_BESIDE = 0.3  # of a digit's height: how far from a narrow place it is compared
_WINDOW = 0.22  # of a digit's height: how far a seam may bend
_BEND = 0.15  # price of one pixel sideways, in full ink
_MOST_INK = 0.55  # of a digit's height: a seam that crosses more ink separates nothing


def cut_touching(ink: np.ndarray, height: float) -> list[tuple[int, int, np.ndarray]]:
    """Cuts ink float32 (H, W) of one component into parts: (top, left, ink of the part), from the left.

    `height` is that of a digit in its row. Neighboring parts joined again give wider candidates, so that more cuts than
    needed do no harm. Without a place to cut there is one part.
    """
    seams = _find_seams(ink, height)
    if not seams:
        return [(0, 0, ink)]
    columns = np.arange(ink.shape[1])
    edges = [np.zeros(ink.shape[0], int), *seams, np.full(ink.shape[0], ink.shape[1])]
    parts = []
    for left, right in pairwise(edges):
        own = (columns >= left[:, np.newaxis]) & (columns < right[:, np.newaxis])
        part = np.where(own, ink, np.float32(0))
        rows, places = np.nonzero(part > FAINTEST_INK)
        if rows.size:
            top, bottom, first, last = rows.min(), rows.max() + 1, places.min(), places.max() + 1
            parts.append((int(top), int(first), part[top:bottom, first:last].astype(np.float32)))
    return parts


def _find_seams(ink: np.ndarray, height: float) -> list[np.ndarray]:
    """Columns (H,) of each seam, from the left; cheap ones only, and none that cross."""
    ratio = min(1.0, _SIDE / height)
    size = max(2, round(ink.shape[1] * ratio)), max(2, round(ink.shape[0] * ratio))
    small = np.clip(np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX), np.float64), 0, 1)
    side = height * ratio
    rows, width = small.shape
    margin = max(1, round(_LEAST_WIDTH * side))
    reach = max(2, round(_WINDOW * side))
    found = []
    for centre in range(margin, width - margin + 1, max(1, round(0.06 * side))):
        found.append(_search(small, centre, reach, margin))
    waists = [_search(small, centre, max(1, round(_STRAIGHT * side)), margin) for centre in _find_waists(small, side)]
    chosen: list[np.ndarray] = []
    for paths in (waists, found):  # a seam at a narrow place before cheaper ones that cut through a loop
        for crossed, path in sorted(paths, key=lambda pair: pair[0]):
            if crossed > _MOST_INK * side or len(chosen) >= _MOST_SEAMS:
                break
            if all(np.abs(path - other).mean() >= margin for other in chosen):
                chosen.append(path)
    chosen.sort(key=lambda path: float(path.mean()))
    for place in range(1, len(chosen)):
        chosen[place] = np.maximum(chosen[place], chosen[place - 1])
    places = np.clip((np.arange(ink.shape[0]) * ratio).astype(int), 0, rows - 1)
    return [np.rint((path[places] + 0.5) / ratio).astype(int) for path in chosen]


def _search(ink: np.ndarray, centre: int, reach: int, margin: int) -> tuple[float, np.ndarray]:
    """How much ink the cheapest way within `reach` of a column crosses, and its columns."""
    low = max(margin, centre - reach)
    high = max(low + 1, min(ink.shape[1] - margin, centre + reach + 1))
    path, crossed = _cheapest_path(ink[:, low:high], centre - low)
    return crossed, path + low


def _find_waists(ink: np.ndarray, side: float) -> list[int]:
    """Columns with less ink than those on both sides of them."""
    profile = np.convolve(np.pad(ink.sum(axis=0), 1, mode="edge"), np.ones(3) / 3, mode="valid")
    beside = max(2, round(_BESIDE * side))
    waists = []
    for column in range(beside, len(profile) - beside):
        left, right = profile[max(0, column - beside) : column], profile[column + 1 : column + beside + 1]
        is_lowest = profile[column] <= left[-2:].min() and profile[column] < right[:2].min()
        if is_lowest and profile[column] <= 0.8 * min(left.max(), right.max()):
            waists.append(column)
    return waists


def _cheapest_path(ink: np.ndarray, centre: int) -> tuple[np.ndarray, float]:
    """The column in each row of the cheapest way from top to bottom, and how much ink it crosses."""
    rows, width = ink.shape
    # A way near the middle of its window is preferred, so that different windows give different ways.
    price = ink + 0.02 * np.abs(np.arange(width) - centre)[np.newaxis] / max(width, 1)
    cost = price[0].copy()
    came = np.zeros((rows, width), np.int8)
    for row in range(1, rows):
        left = np.concatenate([[np.inf], cost[:-1]]) + _BEND * 0.2
        right = np.concatenate([cost[1:], [np.inf]]) + _BEND * 0.2
        steps = np.stack([left, cost, right])
        came[row] = steps.argmin(axis=0) - 1
        cost = steps.min(axis=0) + price[row]
    path = np.zeros(rows, int)
    path[-1] = int(cost.argmin())
    for row in range(rows - 1, 0, -1):
        path[row - 1] = path[row] + came[row, path[row]]
    return path, float(ink[np.arange(rows), path].sum())
