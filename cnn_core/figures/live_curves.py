"""The figures of one run as it goes on. Legend, smoothing and zoom are the browser's
(see ui/components/train/curves.js).

Each trace's `meta.key` names it there; `meta.smooth` marks what may be smoothed. `layout.meta.log` holds the range
of a logarithmic axis, as exponents of ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.figures.curves import Labels, compute_curves, compute_within
from cnn_core.figures.ranges import accuracy_range, chance_loss, loss_decades, loss_range, settle
from cnn_core.palette import style_of
from cnn_core.runs.curves import Curve, Metric
from cnn_core.runs.history import Plan

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnn_core.runs.store import RunRecord

HEIGHT, THIN_HEIGHT = 220, 110
NEUTRAL = "#8a8f9c"  # what belongs to no experiment; reads on white and on dark
_TOP = 0.97  # where a mark's point lies, as a share of the height
_ROUND = (12, 25, 50, 100, 200, 500, 1000)  # epochs
_NUMBER = {"accuracy": "%{y:.2%}", "loss": "%{y:.4f}", "mse": "%{y:.3~g}"}


@dataclass(frozen=True)
class Mark:
    """Something that a person did to the run: where, in epochs, and in words."""

    x: float
    text: str


def place_of(event: dict[str, Any], plan: Plan) -> float:
    """Where an event with `epoch` and `step` lies, in epochs."""
    return float(event["epoch"] - 1 + min(1.0, event["step"] / plan.steps_per_epoch))


def plot_live_curve(
    run: RunRecord, metric: Metric, labels: Labels, marks: Sequence[Mark] = (), published: Curve | None = None
) -> go.Figure:
    """One run: training within the epoch as a faint line, both sets by epoch, and what others published in gray."""
    style, curves = style_of(run.style), compute_curves(run, metric)
    squares = metric == "loss" and run.experiment.training.loss == "mse"  # its digits lie further right
    hover = _NUMBER["mse" if squares else metric]
    traces = []
    if published:
        marker = {"symbol": "circle", "size": 7, "color": NEUTRAL, "opacity": 0.7}
        traces.append(_trace(published, labels.published, "published", hover, mode="markers", marker=marker))
    if curves:
        thin_line = {"color": style.color, "width": 1}
        traces.append(_trace(curves["within"], labels.within, "within", hover, mode="lines", line=thin_line))
        for key, name in (("train", labels.train), ("watched", labels.watched)):
            solid = key == "watched"
            line = {"color": style.color, "width": 2.5 if solid else 2, "dash": "solid" if solid else "dot"}
            symbol = style.marker if solid else f"{style.marker}-open"
            marker = {"symbol": symbol, "size": _marker_size(run), "color": style.color}
            traces.append(_trace(curves[key], name, key, hover, mode="lines+markers", line=line, marker=marker))
    layout = layout_of(run, labels.epoch, HEIGHT)
    _set_range(layout, run, metric, curves)
    return _draw(traces, layout, marks)


def plot_learning_rate(run: RunRecord, labels: Labels, marks: Sequence[Mark] = ()) -> go.Figure:
    """The learning rate within the epochs, as it was at each point."""
    traces = []
    if run.history.plan:
        line = {"color": style_of(run.style).color, "width": 1.5}
        curve = compute_within(run.history.batches, run.history.plan, "learning_rate")
        traces.append(_trace(curve, labels.metric, "rate", "%{y:.3~g}", mode="lines", line=line))
    layout = layout_of(run, labels.epoch, THIN_HEIGHT)
    layout["yaxis"] = {"rangemode": "tozero", "exponentformat": "power", "nticks": 4}
    return _draw(traces, layout, marks)


def rate_moves(run: RunRecord) -> bool:
    """Whether the learning rate is worth a chart: it has moved, or it is going to."""
    rates = {event["learning_rate"] for event in run.history.batches if event.get("learning_rate") is not None}
    return len(rates) > 1 or not run.experiment.training.schedule.is_constant


def last_epoch_shown(run: RunRecord) -> int:
    """The planned number of epochs; of many, a round number above those reached, so that a young curve can be seen.

    It changes a few times in a run at most: an image that keeps its scale can be compared with itself.
    """
    reached = run.history.batches[-1]["epoch"] if run.history.batches else 1
    return min(run.planned_epochs, next((step for step in _ROUND if step >= reached), run.planned_epochs))


def layout_of(run: RunRecord, epoch: str, height: int) -> dict[str, Any]:
    """What all charts of a run share."""
    return {
        "height": height,
        "margin": {"l": 46, "r": 8, "t": 6, "b": 34},
        "hovermode": "x unified",
        "showlegend": False,
        "uirevision": run.id,
        "xaxis": {
            "title": {"text": epoch, "standoff": 2, "font": {"size": 12}},
            "range": [0, 1.02 * last_epoch_shown(run)],
            "hoverformat": ".2f",
            "nticks": 8,
        },
        "yaxis": {},
    }


def _trace(curve: Curve, name: str, key: str, hover: str, **style: Any) -> dict[str, Any]:
    meta = {"key": key, "smooth": key == "within"}
    return {"type": "scatter", "x": curve.x, "y": curve.y, "name": name, "hovertemplate": hover, "meta": meta} | style


def _draw(traces: list[dict[str, Any]], layout: dict[str, Any], marks: Sequence[Mark]) -> go.Figure:
    """Adds each marker as a thin vertical line with a hover text at its top."""
    import plotly.graph_objects as go

    if marks:
        line = {"color": NEUTRAL, "width": 1, "dash": "dash"}
        upright = {"type": "line", "y0": 0, "y1": 1, "yref": "paper", "line": line}
        layout["shapes"] = [upright | {"x0": mark.x, "x1": mark.x} for mark in marks]
        layout["yaxis2"] = {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True}
        points = Curve([mark.x for mark in marks], [_TOP] * len(marks))
        marker = {"symbol": "diamond-tall", "size": 9, "color": NEUTRAL}
        trace = _trace(points, "", "marks", "%{text}<extra></extra>", mode="markers", marker=marker, yaxis="y2")
        traces.append(trace | {"text": [mark.text for mark in marks]})
    return go.Figure(traces, layout)  # in one go: a figure changed bit by bit is checked at every bit


def _set_range(layout: dict[str, Any], run: RunRecord, metric: Metric, curves: dict[str, Curve]) -> None:
    within = curves["within"].y if curves else []
    by_epoch = [*curves["train"].y, *curves["watched"].y] if curves else []
    if curves:
        done = sum(1 for x in curves["within"].x if x <= len(run.history.epochs))
        within = list(settle(within, done))
    if metric == "accuracy":
        low, high = accuracy_range(within, by_epoch)
        layout["yaxis"] = {"range": [low, high], "tickformat": ".0%" if low < 0.95 else ".1%"}
        return
    training = run.experiment.training
    chance = chance_loss(training.loss, len(DATASETS[run.experiment.dataset].class_names))
    layout["yaxis"] = {"range": loss_range(within, by_epoch, chance)}
    layout["meta"] = {"log": loss_decades(within, by_epoch, chance)}


def _marker_size(run: RunRecord) -> int:
    """Smaller where there are many, or they would hide the line."""
    shown = last_epoch_shown(run)
    return 9 if shown <= 20 else 6 if shown <= 50 else 4
