"""What several contenders answer: accuracy by class, whose mistakes are more, and how far they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.figures.confusion import Cell
from cnn_core.figures.plotly_text import escape_name
from cnn_core.palette import Style

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 270
_WIDTH = 0.64  # of the place of a class that its markers share
_FAINTEST, _STRONGEST = 0.2, 0.75
_LONGEST = 22  # letters beside the agreement matrix, so that it has room on a phone
_AGREEING = ("#f4f1fb", "#6d66f2")  # few to many, as the theme's primary color


def plot_classes(
    recalls: Sequence[np.ndarray], styles: Sequence[Style], names: Sequence[str], classes: Sequence[str]
) -> go.Figure:
    """`recalls` has an array (classes,) for each contender; a class's markers stand side by side."""
    import plotly.graph_objects as go

    traces: list[dict[str, Any]] = []
    for place, (recall, style, name) in enumerate(zip(recalls, styles, names, strict=True)):
        shift = _WIDTH * ((place + 0.5) / len(recalls) - 0.5)
        marker = {"symbol": style.marker, "size": 10, "color": style.color}
        x, y = [i + shift for i in range(len(classes))], [float(r) if np.isfinite(r) else None for r in recall]
        label = "%{customdata}: %{y:.2%}<extra>" + escape_name(name) + "</extra>"
        meta = {"key": f"c{place}", "keys": [name]}
        trace = {
            "type": "scatter",
            "x": x,
            "y": y,
            "name": escape_name(name),
            "mode": "markers",
            "marker": marker,
            "meta": meta,
        }
        traces.append(trace | {"customdata": list(classes), "hovertemplate": label})
    lowest = min((float(np.nanmin(recall)) for recall in recalls if np.isfinite(recall).any()), default=0.0)
    margin = 0.06 * (1 - lowest) + 0.002
    grid = {
        "type": "line",
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": "#8a8f9c", "width": 0.5},
        "opacity": 0.5,
    }
    layout = {
        "height": _HEIGHT,
        "margin": {"l": 54, "r": 8, "t": 8, "b": 34},
        "showlegend": False,
        "hovermode": "closest",
        "uirevision": " ".join(names),
        "shapes": [grid | {"x0": i + 0.5, "x1": i + 0.5} for i in range(len(classes) - 1)],
        "xaxis": {
            "tickvals": list(range(len(classes))),
            "ticktext": list(classes),
            "range": [-0.5, len(classes) - 0.5],
            "showgrid": False,
            "zeroline": False,
        },
        "yaxis": {"range": [lowest - margin, 1 + margin], "tickformat": ".0%" if lowest < 0.9 else ".1%"},
    }
    return go.Figure(traces, layout)


def color_difference(first: np.ndarray, second: np.ndarray, styles: tuple[Style, Style]) -> list[list[Cell]]:
    """Cells of second − first, labels in rows; a cell has the color of the contender with more mistakes.

    The shade grows with the square root of the difference; the right answers on the diagonal stay uncoloured.
    """
    difference = second - first
    mistakes = np.abs(difference - np.diag(np.diag(difference)))
    most = max(1, int(mistakes.max(initial=0)))
    return [
        [Cell(int(d), _shade(styles[int(d > 0)].color, int(m) / most), False) for d, m in zip(row, sizes, strict=True)]
        for row, sizes in zip(difference, mistakes, strict=True)
    ]


def strongest_shade(style: Style) -> str:
    """CSS color of the largest difference."""
    return _shade(style.color, 1.0)


def plot_agreement(
    agreement: np.ndarray, hover: Sequence[Sequence[str]], names: Sequence[str], signs: Sequence[str]
) -> go.Figure:
    """`agreement` (n, n) shares, `hover` a sentence for each pair; rows have sign and name, columns the sign alone."""
    import plotly.graph_objects as go

    lowest = float(np.nanmin(agreement))
    rows = [f"{sign} {escape_name(_shorten(name))}" for sign, name in zip(signs, names, strict=True)]
    axis = {"automargin": True, "fixedrange": True, "showgrid": False, "tickvals": list(range(len(names)))}
    heat = {
        "type": "heatmap",
        "z": agreement,
        "customdata": [list(map(escape_name, row)) for row in hover],
        "texttemplate": "%{z:.1%}",
        "hovertemplate": "%{customdata}<extra></extra>",
        "colorscale": [[0, _AGREEING[0]], [1, _AGREEING[1]]],
        "zmin": min(lowest, 0.999),
        "zmax": 1,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
    }
    layout = {
        "height": 90 + 46 * len(names),
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "uirevision": " ".join(names),
        "xaxis": axis | {"ticktext": list(signs), "side": "top"},
        "yaxis": axis | {"ticktext": rows, "autorange": "reversed"},
    }
    return go.Figure([heat], layout)


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"


def _shade(color: str, share: float) -> str:
    if share <= 0:
        return ""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {_FAINTEST + (_STRONGEST - _FAINTEST) * share**0.5:.2f})"
