"""How each layer fares while it learns: norms of weights and gradients, and the share of dead units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnn_core.figures.curves import thin
from cnn_core.figures.live_curves import layout_of, place_of
from cnn_core.figures.plotly_text import escape_name
from cnn_core.palette import style_of
from cnn_core.runs.curves import Curve

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnn_core.runs.store import RunRecord

Vital = Literal["gradients", "weights", "dead"]
VITALS: tuple[Vital, ...] = ("gradients", "weights", "dead")
HEIGHT = 200
_AXES = {
    "gradients": {"type": "log", "exponentformat": "power", "dtick": 1, "tickfont": {"size": 11}},
    "weights": {"rangemode": "tozero"},
    "dead": {"range": [-0.03, 1.03], "tickformat": ".0%"},
}


def compute_layer_curves(run: RunRecord, vital: Vital) -> dict[str, Curve]:
    """Layer → its curve, in the network's order; a layer that has no such figure (no relu to be dead) is left out."""
    plan, curves = run.history.plan, {}
    if plan is None:
        return {}
    names = dict.fromkeys(name for event in run.history.layer_stats for name in event["names"])
    for name in names:
        points = [
            (place_of(event, plan), event[vital][event["names"].index(name)])
            for event in run.history.layer_stats
            if name in event["names"]
        ]
        if any(value is not None for _, value in points):
            thinned = thin(points)
            curves[name] = Curve([x for x, _ in thinned], [y for _, y in thinned])
    return curves


def plot_layer_curves(run: RunRecord, vital: Vital, epoch: str) -> go.Figure:
    """One line per layer, colored by its place among the layers; gradients on a logarithmic axis."""
    import plotly.graph_objects as go

    names, traces = layer_names(run), []
    for name, curve in compute_layer_curves(run, vital).items():
        style = style_of(names.index(name))
        traces.append(
            {
                "type": "scatter",
                "x": curve.x,
                "y": curve.y,
                "name": escape_name(name),
                "mode": "lines+markers",
                "line": {"color": style.color, "width": 1.5},
                "marker": {"symbol": style.marker, "size": 4, "color": style.color},
                "hovertemplate": "%{y:.1%}" if vital == "dead" else "%{y:.3~g}",
                "meta": {"key": name},
            }
        )
    return go.Figure(traces, layout_of(run, epoch, HEIGHT) | {"yaxis": _AXES[vital]})


def layer_names(run: RunRecord) -> list[str]:
    """The layers that have weights to learn, in the network's order."""
    return list(dict.fromkeys(name for event in run.history.layer_stats for name in event["names"]))
