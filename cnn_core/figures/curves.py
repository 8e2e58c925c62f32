"""Training curves: records → points and figures. Solid is the watched set (test or validation), dotted training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any, Literal

from cnn_core.figures.palette import style_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnn_core.runs.history import Plan
    from cnn_core.runs.store import RunRecord

Metric = Literal["loss", "accuracy"]
Points = list[tuple[float, float | None]]
POINTS_AT_MOST = 1_000
_JUDGED = 50  # the last points that say how far apart points are


@dataclass(frozen=True)
class Curve:
    """`x` in epochs (2.5 is the middle of the third), `y` as recorded; None leaves a gap."""

    x: list[float]
    y: list[float | None]


@dataclass(frozen=True)
class Spacing:
    """How far apart the points within an epoch are drawn."""

    seconds: float
    steps: int


@dataclass(frozen=True)
class Labels:
    """The words on a figure, in the reader's language."""

    epoch: str
    metric: str
    train: str
    watched: str
    within: str
    published: str = ""


def compute_curves(run: RunRecord, metric: Metric) -> dict[str, Curve]:
    """`within`: training, every few batches. `train` and `watched`: by epoch, at its end or where it was stopped."""
    plan, history = run.history.plan, run.history
    if plan is None:
        return {}
    ends = [e["epoch"] - 1 + e.get("samples", plan.samples) / plan.samples for e in history.epochs]
    return {
        "within": compute_within(history.batches, plan, metric),
        "train": Curve(ends, [e.get(metric) for e in history.epochs]),
        "watched": Curve(ends, [e.get(f"val_{metric}") for e in history.epochs]),
    }


def compute_within(batches: Sequence[dict[str, Any]], plan: Plan, name: str) -> Curve:
    """A figure of the `batch` events, where in its epoch each was taken; at most a thousand points."""
    points = thin([(b["epoch"] - 1 + b["samples"] / plan.samples, b.get(name)) for b in batches])
    return Curve([x for x, _ in points], [y for _, y in points])


def group_size(count: int) -> int:
    """How many recorded points become one drawn point: a power of two, so that a growing curve is seldom regrouped."""
    size = 1
    while -(-count // size) > POINTS_AT_MOST:
        size *= 2
    return size


def thin(points: Sequence[tuple[float, float | None]]) -> Points:
    """At most a thousand points: means of equal groups, so that no batch is simply left out."""
    size = group_size(len(points))
    if size == 1:
        return list(points)
    groups = (points[i : i + size] for i in range(0, len(points), size))
    return [(group[-1][0], _mean([y for _, y in group])) for group in groups]


def measure_spacing(batches: Sequence[dict[str, Any]]) -> Spacing | None:
    """From the last points, medians, so that a pause or an epoch's end does not count; None before there are two."""
    last = batches[-_JUDGED:]
    pairs = [(a, b) for a, b in pairwise(last) if a["epoch"] == b["epoch"]]
    if not pairs:
        return None
    size = group_size(len(batches))
    seconds = median(b["time"] - a["time"] for a, b in pairs)
    steps = median(b["step"] - a["step"] for a, b in pairs)
    return Spacing(seconds * size, max(1, round(steps * size)))


def plot_compared_curves(runs: Sequence[RunRecord], names: Sequence[str], metric: Metric, labels: Labels) -> go.Figure:
    """Several runs over each other by epoch: solid watched, dotted training (which the legend leaves out)."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for run, run_name in zip(runs, names, strict=True):
        style, curves = style_of(run.style), compute_curves(run, metric)
        for key, dash, name in (("watched", "solid", labels.watched), ("train", "dot", labels.train)):
            is_watched = key == "watched"
            if curves and curves[key].x:
                figure.add_scatter(
                    x=curves[key].x,
                    y=curves[key].y,
                    name=run_name if is_watched else f"{run_name} · {name}",
                    showlegend=is_watched,
                    mode="lines+markers",
                    line={"color": style.color, "dash": dash, "width": 2.5 if is_watched else 1.5},
                    marker={
                        "symbol": style.marker if is_watched else f"{style.marker}-open",
                        "size": 8,
                        "color": style.color,
                    },
                )
    longest = max((len(run.history.epochs) for run in runs), default=1)
    figure.update_layout(
        title={"text": labels.metric, "x": 0, "xanchor": "left", "font": {"size": 15}},
        height=290,
        margin={"l": 48, "r": 8, "t": 30, "b": 78},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.26, "x": 0, "yanchor": "top", "font": {"size": 12}},
        uirevision=" ".join(run.id for run in runs),  # what a reader hides stays hidden while these runs are shown
    )
    title = {"text": labels.epoch, "standoff": 2, "font": {"size": 12}}
    figure.update_xaxes(title=title, range=[0, longest + 0.15], rangemode="tozero")
    if metric == "accuracy":
        empty = {} if figure.data else {"range": [0, 1]}
        figure.update_yaxes(tickformat=".0%", hoverformat=".2%", **empty)
    else:
        figure.update_yaxes(rangemode="tozero", hoverformat=".4f")
    return figure


def _mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
