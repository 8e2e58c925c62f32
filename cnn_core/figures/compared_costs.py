"""Accuracy against what it costs: a point for each contender, and the Pareto front of those that nothing beats."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import TYPE_CHECKING, Any

from cnn_core.comparison.pareto import Standing, find_front
from cnn_core.figures.live_curves import NEUTRAL
from cnn_core.figures.plotly_text import escape_name
from cnn_core.palette import style_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 320
_ROOM = 1.6  # a factor left and right of the points, for names and the ends of the front
_HEADROOM = 0.12  # share of the points' range above and below them
_LEAST = 0.001  # of accuracy, so that networks which are level don't fill the height


def plot_costs(standings: Sequence[Standing], names: Sequence[str], axis: str, front: str) -> go.Figure:
    """Cost on a logarithmic x axis called `axis`, mean test accuracy with ± one standard deviation over the seeds.

    `names` are the points', `front` that of the line through the front; an empty one leaves it out.
    """
    import plotly.graph_objects as go

    traces = [_draw_front(standings, front)] if front and standings else []
    traces += [_draw_point(one, name) for one, name in zip(standings, map(escape_name, names), strict=True)]
    low, high = _accuracies(standings)
    costs = [max(one.cost, 1e-3) for one in standings] or [1.0]
    layout = {
        "height": HEIGHT,
        "margin": {"l": 54, "r": 8, "t": 8, "b": 40},
        "showlegend": False,
        "hovermode": "closest",
        "uirevision": f"{axis} " + " ".join(one.contender.id for one in standings),
        "xaxis": {
            "type": "log",
            "title": {"text": axis, "standoff": 2, "font": {"size": 12}},
            "range": [log10(min(costs) / _ROOM), log10(max(costs) * _ROOM)],
            "dtick": "D2",
            "tickformat": "~s",
        },
        "yaxis": {"range": [low, high], "tickformat": f".{count_decimals(low, high)}%"},
    }
    return go.Figure(traces, layout)


def count_decimals(low: float, high: float) -> int:
    """Of percentages at ticks of an axis of this height (fractions), so that neighbors differ: ten ticks at most."""
    return max(1, ceil(-log10((high - low) * 100 / 10)))


def staircase(points: Sequence[tuple[float, float]], end: float) -> tuple[list[float], list[float]]:
    """x and y of the edge of the front: what can be had for a price, up to `end`. `points` are those of it, by cost."""
    x, y = [cost for cost, _ in points], [score for _, score in points]
    return [*x, max(end, x[-1])], [*y, y[-1]]


def _draw_front(standings: Sequence[Standing], name: str) -> dict[str, Any]:
    points = [(one.cost, one.accuracy) for one in standings]
    x, y = staircase([points[i] for i in find_front(points)], max(cost for cost, _ in points) * _ROOM)
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dash", "shape": "hv"}
    return {"type": "scatter", "x": x, "y": y, "name": name, "mode": "lines", "line": line, "hoverinfo": "skip"}


def _draw_point(one: Standing, name: str) -> dict[str, Any]:
    style = style_of(one.contender.style)
    trace = {
        "type": "scatter",
        "x": [one.cost],
        "y": [one.accuracy],
        "name": name,
        "mode": "markers",
        "marker": {"symbol": style.marker, "size": 13, "color": style.color},
        "hovertemplate": f"{name}<br>%{{x:,.3~s}} · %{{y:.2%}}<extra></extra>",
    }
    if one.spread is not None:
        trace["error_y"] = {"type": "data", "array": [one.spread], "color": style.color, "thickness": 1.5, "width": 5}
    return trace


def _accuracies(standings: Sequence[Standing]) -> tuple[float, float]:
    ends = [one.accuracy + sign * (one.spread or 0.0) for one in standings for sign in (-1, 1)] or [0.0, 1.0]
    margin = max(_LEAST, _HEADROOM * (max(ends) - min(ends)))
    return max(0.0, min(ends) - margin), max(ends) + margin
