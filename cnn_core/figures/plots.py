"""Figures for notebooks, with defaults for everything: curves, confusion matrix, feature maps, and attributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from cnn_core.evaluation.predictions import Predictions
from cnn_core.figures.confusion import compute_shades
from cnn_core.figures.curves import compute_curves
from cnn_core.figures.plotly_text import escape_name
from cnn_core.inspection.attribution.explanation import Explanation
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS
from cnn_core.palette import SIGNED, style_of
from cnn_core.runs.curves import Metric
from cnn_core.runs.store import RunRecord

if TYPE_CHECKING:
    import plotly.graph_objects as go

_COLUMNS = 8  # feature maps beside each other
_TILE, _GAP = 90, 1  # pixels on screen of a map, and cells between maps
_MISTAKES = [[0.0, "#ffffff"], [1.0, SIGNED[-1]]]
_SIGNED = [[place / (len(SIGNED) - 1), color] for place, color in enumerate(SIGNED)]
_GRAYS = [[0.0, "#ffffff"], [1.0, "#000000"]]


def plot_curves(*runs: RunRecord) -> go.Figure:
    """Loss and accuracy by epoch of one or several runs (Plotly): dotted on the training set, solid on the watched set.

    Example:
        >>> figure = cnn_core.plot_curves(cnn_core.find_run("R2"), cnn_core.find_run("R5"))
    """
    from plotly.subplots import make_subplots

    metrics = get_args(Metric)
    figure = make_subplots(1, len(metrics), subplot_titles=[metric.capitalize() for metric in metrics])
    for place, run in enumerate(runs):
        color = style_of(run.style if len(runs) == 1 else place).color
        watched = run.history.plan.watched if run.history.plan else "test"
        for column, metric in enumerate(metrics, 1):
            curves = compute_curves(run, metric)
            for key, set_name, dash in (("train", "training", "dot"), ("watched", watched, "solid")):
                if key in curves:
                    figure.add_scatter(
                        x=curves[key].x,
                        y=curves[key].y,
                        mode="lines+markers",
                        name=f"{escape_name(run.name)}, {set_name}",
                        legendgroup=f"{place} {key}",
                        showlegend=column == 1,
                        line={"color": color, "dash": dash},
                        row=1,
                        col=column,
                    )
            figure.update_xaxes(title="Epoch", row=1, col=column)
    return figure.update_layout(height=360, margin={"t": 40, "b": 40}, hovermode="x unified")


def plot_confusion_matrix(predictions: Predictions, class_names: tuple[str, ...] | None = None) -> go.Figure:
    """How many images of each true class (rows) were predicted as each class (Plotly). Only mistakes are colored.

    Example:
        >>> figure = cnn_core.plot_confusion_matrix(cnn_core.find_run("R2").predictions)
    """
    import plotly.graph_objects as go

    matrix = predictions.matrix
    names = list(class_names or map(str, range(len(matrix))))
    heatmap = go.Heatmap(
        z=compute_shades(matrix),
        x=names,
        y=names,
        text=matrix,
        texttemplate="%{text}",
        hovertemplate="true %{y}, predicted %{x}: %{text}<extra></extra>",
        colorscale=_MISTAKES,
        zmin=0,
        zmax=1,
        showscale=False,
    )
    figure = go.Figure(heatmap).update_xaxes(title="Predicted", type="category", constrain="domain")
    figure.update_yaxes(title="True", type="category", autorange="reversed", scaleanchor="x")
    return figure.update_layout(width=560, height=560, margin={"t": 20, "b": 40})


def plot_feature_maps(maps: dict[str, np.ndarray], layer: str | None = None) -> go.Figure:
    """The maps of one layer as tiles, channel by channel (Plotly). `maps` is what `Probe.feature_maps` returns.

    `layer` is one of its names, by default the first. Values from 0 up are drawn from white to black, signed ones from
    blue to red. Raises `KeyError`.

    Example:
        >>> figure = cnn_core.plot_feature_maps(probe.feature_maps(image), "conv2")
    """
    import plotly.graph_objects as go

    name = layer or next(iter(maps))
    values = maps[name]
    height, width, channels = values.shape
    columns = min(_COLUMNS, channels)
    rows = -(-channels // columns)
    mosaic = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP), np.nan, np.float32)
    channel_of = np.full(mosaic.shape, -1)
    for channel in range(channels):
        top, left = channel // columns * (height + _GAP), channel % columns * (width + _GAP)
        mosaic[top : top + height, left : left + width] = values[:, :, channel]
        channel_of[top : top + height, left : left + width] = channel
    hover = "channel %{customdata}: %{z:.4g}<extra></extra>"
    heatmap = go.Heatmap(z=mosaic, customdata=channel_of, hovertemplate=hover, hoverongaps=False, **_colors(values))
    return _without_axes(go.Figure(heatmap)).update_layout(
        title=f"{escape_name(name)}: {channels} maps of {height}×{width}",
        width=columns * _TILE + 120,
        height=max(160, round(rows * _TILE * height / width) + 70),
    )


def plot_explanation(explanation: Explanation, image: np.ndarray) -> go.Figure:
    """The image (H, W, C) and a map by each attribution method (Plotly). Red raises the class's score, blue lowers it.

    Example:
        >>> figure = cnn_core.plot_explanation(cnn_core.explain(probe, image), image)
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    titles = ["Image", *(ATTRIBUTIONS[method].title for method in explanation.maps)]
    figure = make_subplots(1, len(titles), subplot_titles=titles, horizontal_spacing=0.01)
    picture = image.reshape(*image.shape[:2], -1).mean(axis=2)
    figure.add_trace(go.Heatmap(z=picture, colorscale=_GRAYS, showscale=False), row=1, col=1)
    for column, values in enumerate(explanation.maps.values(), 2):
        figure.add_trace(go.Heatmap(z=values, **_colors(values, signed=True), showscale=False), row=1, col=column)
    return _without_axes(figure).update_layout(width=190 * len(titles), height=240)


def _colors(values: np.ndarray, signed: bool | None = None) -> dict[str, Any]:
    """Color scale and range: white for 0."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max(initial=0)) or 1.0
    if signed or (signed is None and bool((finite < 0).any())):
        return {"colorscale": _SIGNED, "zmin": -largest, "zmax": largest}
    return {"colorscale": _GRAYS, "zmin": 0, "zmax": largest}


def _without_axes(figure: go.Figure) -> go.Figure:
    figure.update_xaxes(visible=False, constrain="domain")
    for number, axis in enumerate(figure.select_yaxes(), 1):
        axis.update(visible=False, autorange="reversed", scaleanchor="x" if number == 1 else f"x{number}")
    return figure.update_layout(margin={"t": 40, "b": 10, "l": 10, "r": 10}, plot_bgcolor="white")
