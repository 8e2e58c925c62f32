"""Colors of a confusion matrix: only off-diagonal cells are colored, as the diagonal would dominate the scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_MISTAKE = (178, 24, 43)  # the red end of the signed palette: a mistake is a minus
_FAINTEST = 0.14  # a single mistake is still visible
_WHITE_TEXT_FROM = 0.68  # above this much red, white numbers read better than a page's own on white and on dark


@dataclass(frozen=True)
class Cell:
    """One cell: how many images, its CSS background ("" for none), and whether its number must be white."""

    count: int
    background: str
    is_dark: bool


def compute_shades(matrix: np.ndarray) -> np.ndarray:
    """float (classes, classes), 0–1: the square root of each mistake's share of the most frequent one.

    The diagonal is 0. The root lifts what happens once or twice; a quarter of the most frequent has half its shade.
    """
    mistakes = (matrix - np.diag(np.diag(matrix))).astype(np.float64)
    return np.sqrt(mistakes / max(1.0, mistakes.max(initial=0.0)))


def color_cells(matrix: np.ndarray) -> list[list[Cell]]:
    """Rows of cells, the truth in rows."""
    shades = compute_shades(matrix)
    return [
        [Cell(int(count), *_shade(float(shade))) for count, shade in zip(counts, row, strict=True)]
        for counts, row in zip(matrix, shades, strict=True)
    ]


def legend_stops(matrix: np.ndarray) -> list[tuple[int, str]]:
    """(images, CSS color) of a few shades, from a single mistake to the most frequent kind; [] without mistakes."""
    most = int((matrix - np.diag(np.diag(matrix))).max(initial=0))
    counts = sorted({1, -(-most // 4), most}) if most else []
    return [(count, _shade((count / most) ** 0.5)[0]) for count in counts]


def _shade(shade: float) -> tuple[str, bool]:
    if shade <= 0:
        return "", False
    alpha = _FAINTEST + (1 - _FAINTEST) * shade
    return f"rgba({', '.join(map(str, _MISTAKE))}, {alpha:.2f})", alpha >= _WHITE_TEXT_FROM
