"""Training curves: records → Plotly figures. Solid is the watched set (test or validation), dotted is training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cnn_core.figures.palette import style_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnn_core.runs.store import RunRecord

Metric = Literal["loss", "accuracy"]
POINTS_AT_MOST = 1_000


@dataclass(frozen=True)
class Curve:
    """`x` in epochs (2.5 is the middle of the third), `y` as recorded; None leaves a gap."""

    x: list[float]
    y: list[float | None]


@dataclass(frozen=True)
class Labels:
    """The words on a figure, in the reader's language."""

    epoch: str
    metric: str
    train: str
    watched: str
    within: str


def compute_curves(run: RunRecord, metric: Metric) -> dict[str, Curve]:
    """`within`: training, every few batches. `train` and `watched`: by epoch, at its end or where it was stopped."""
    plan, history = run.history.plan, run.history
    if plan is None:
        return {}
    within = [(b["epoch"] - 1 + b["samples"] / plan.samples, b.get(metric)) for b in history.batches]
    within = thin(within)
    ends = [e["epoch"] - 1 + e.get("samples", plan.samples) / plan.samples for e in history.epochs]
    return {
        "within": Curve([x for x, _ in within], [y for _, y in within]),
        "train": Curve(ends, [e.get(metric) for e in history.epochs]),
        "watched": Curve(ends, [e.get(f"val_{metric}") for e in history.epochs]),
    }


def thin(points: Sequence[tuple[float, float | None]]) -> list[tuple[float, float | None]]:
    """At most a thousand points: means of equal groups, so that no batch is simply left out."""
    size = -(-len(points) // POINTS_AT_MOST)
    if size <= 1:
        return list(points)
    groups = (points[i : i + size] for i in range(0, len(points), size))
    return [(group[-1][0], _mean([y for _, y in group])) for group in groups]


def plot_live_curve(run: RunRecord, metric: Metric, labels: Labels) -> go.Figure:
    """One run: training within the epoch as a faint line, both sets by epoch."""
    import plotly.graph_objects as go

    style, figure = style_of(run.style), go.Figure()
    curves = compute_curves(run, metric)
    if curves and curves["within"].x:
        figure.add_scatter(
            x=curves["within"].x,
            y=curves["within"].y,
            name=labels.within,
            mode="lines",
            line={"color": style.color, "width": 1},
            opacity=0.55,
        )
        figure.add_scatter(
            x=curves["train"].x,
            y=curves["train"].y,
            name=labels.train,
            mode="lines+markers",
            line={"color": style.color, "dash": "dot", "width": 2},
            marker={"symbol": f"{style.marker}-open", "size": 8, "color": style.color},
        )
        figure.add_scatter(
            x=curves["watched"].x,
            y=curves["watched"].y,
            name=labels.watched,
            mode="lines+markers",
            line={"color": style.color, "width": 2.5},
            marker={"symbol": style.marker, "size": 9, "color": style.color},
        )
    # The planned range, also after an early stop: an axis that changed by itself would take the reader's zoom along.
    _lay_out(figure, metric, labels, run.experiment.training.epochs, run.id)
    return figure


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
    _lay_out(figure, metric, labels, longest, " ".join(run.id for run in runs))
    return figure


def _lay_out(figure: go.Figure, metric: Metric, labels: Labels, epochs: int, shown: str) -> None:
    figure.update_layout(
        title={"text": labels.metric, "x": 0, "xanchor": "left", "font": {"size": 15}},
        height=290,
        margin={"l": 48, "r": 8, "t": 30, "b": 78},
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.26, "x": 0, "yanchor": "top", "font": {"size": 12}},
        uirevision=shown,  # a reader's zoom lasts as long as the same runs are shown
    )
    title = {"text": labels.epoch, "standoff": 2, "font": {"size": 12}}
    figure.update_xaxes(title=title, range=[0, epochs + 0.15], rangemode="tozero")
    if metric == "accuracy":
        empty = {} if figure.data else {"range": [0, 1]}
        figure.update_yaxes(tickformat=".0%", hoverformat=".2%", **empty)
    else:
        figure.update_yaxes(rangemode="tozero", hoverformat=".4f")


def _mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
