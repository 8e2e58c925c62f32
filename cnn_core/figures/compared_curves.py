"""Curves of several contenders over each other: one color and marker each, solid watched, dotted training.

Legend, smoothing and logarithmic axis are the browser's (see ui/components/train/curves.js): a trace is hidden when any
of
its `meta.keys` is. `meta.key` is that of a trace itself; Plotly makes a CSS class of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnn_core.comparison.contenders import Contender
from cnn_core.comparison.curves import Axis, ContenderCurves, compute_contender_curves, compute_seconds
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.figures.plotly_text import escape_name
from cnn_core.figures.ranges import accuracy_range, ceil_nicely, chance_loss, loss_decades, loss_range
from cnn_core.palette import style_of
from cnn_core.runs.curves import Curve, Metric

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 270
TRAIN, WATCHED, REPEATS = "compare-train", "compare-watched", "compare-repeats"  # keys of the legend
_NUMBER = {"accuracy": "%{y:.2%}", "loss": "%{y:.3~g}"}


@dataclass(frozen=True)
class Words:
    """In the reader's language: the title of the x axis, and what the name of a training curve ends with."""

    axis: str
    train: str


def plot_compared_curves(
    contenders: Sequence[Contender], names: Sequence[str], metric: Metric, axis: Axis, words: Words
) -> go.Figure:
    """`names` are the contenders', in their order; `meta.log` of the layout is the range of a logarithmic loss."""
    import plotly.graph_objects as go

    curves = [compute_contender_curves(one, metric, axis) for one in contenders]
    traces = []
    for place, (one, name, its) in enumerate(zip(contenders, names, curves, strict=True)):
        traces += _draw_one(place, one, escape_name(name), its, _NUMBER[metric], words)
    ids = " ".join(one.id for one in contenders)
    layout: dict[str, Any] = {
        "height": HEIGHT,
        "margin": {"l": 46, "r": 8, "t": 6, "b": 34},
        "hovermode": "closest" if axis == "time" else "x unified",
        "showlegend": False,
        "uirevision": f"{axis} {ids}",  # zoom and what is hidden outlast every update while these are shown
        "xaxis": {
            "title": {"text": words.axis, "standoff": 2, "font": {"size": 12}},
            "range": [0, 1.02 * last_shown(contenders, axis)],
            "hoverformat": ".1f" if axis == "time" else ".3~g" if axis == "epoch" else ",.0f",
            "nticks": 8,
        },
    }
    return go.Figure(traces, layout | _range_of(contenders, curves, metric))


def last_shown(contenders: Sequence[Contender], axis: Axis) -> float:
    """Where the x axis ends: with the longest plan, or a round number of seconds above those that were worked."""
    runs = [(run, run.history.plan) for one in contenders for run in one.runs if run.history.plan]
    if axis == "time":
        return ceil_nicely(max((compute_seconds(run, [1e9])[0] for run, _ in runs), default=0.0))
    steps = [plan.epochs * (plan.steps_per_epoch if axis == "step" else 1) for _, plan in runs]
    return float(max(steps, default=1))


def _draw_one(
    place: int, one: Contender, name: str, curves: ContenderCurves, hover: str, words: Words
) -> list[dict[str, Any]]:
    style = style_of(one.style)
    thin: dict[str, Any] = {
        "mode": "lines",
        "line": {"color": style.color, "width": 1},
        "opacity": 0.5,
        "hoverinfo": "skip",
    }
    dotted = {"mode": "lines", "line": {"color": style.color, "width": 1.5, "dash": "dot"}, "hovertemplate": hover}
    size = 5 if len(curves.watched.x) > 20 else 8
    marker = {"symbol": style.marker, "size": size, "color": style.color}
    solid = {"mode": "lines+markers", "line": {"color": style.color, "width": 2.5}, "hovertemplate": hover}
    kinds: list[tuple[str, Curve, str, dict[str, Any]]] = [(REPEATS, repeat, "", thin) for repeat in curves.repeats]
    kinds.append((TRAIN, curves.train, f"{name} · {words.train}", dotted))
    kinds.append((WATCHED, curves.watched, name, solid | {"marker": marker}))
    return [
        {"type": "scatter", "x": curve.x, "y": curve.y, "name": label, **look}
        | {"meta": {"key": f"t{place}-{number}", "keys": [one.id, kind], "smooth": kind == TRAIN}}
        for number, (kind, curve, label, look) in enumerate(kinds)
    ]


def _range_of(contenders: Sequence[Contender], curves: Sequence[ContenderCurves], metric: Metric) -> dict[str, Any]:
    within = [y for its in curves for y in its.train.y]
    by_epoch = [y for its in curves for watched in (its.watched, *its.repeats) for y in watched.y]
    if metric == "accuracy":
        low, high = accuracy_range(within, by_epoch)
        return {"yaxis": {"range": [low, high], "tickformat": ".0%" if low < 0.95 else ".1%"}}
    first = contenders[0].experiment
    chance = chance_loss(first.training.loss, len(DATASETS[first.dataset].class_names))
    shown = {"range": loss_range(within, by_epoch, chance)}
    return {"yaxis": shown, "meta": {"log": loss_decades(within, by_epoch, chance)}}
