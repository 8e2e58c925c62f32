"""The learning rate over a run's planned epochs → a small Plotly figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnn_core.experiment.rate_curve import compute_rate_curve
from cnn_core.experiment.training import TrainingConfig
from cnn_core.palette import STYLES

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 170


def plot_rates(training: TrainingConfig, images: int, title: str, epoch: str) -> go.Figure:
    """`images` is the size of the training set; `title` and `epoch` are words in the reader's language."""
    import plotly.graph_objects as go

    epochs, rates = compute_rate_curve(
        training.schedule, training.learning_rate, training.steps_per_epoch(images), training.epochs
    )
    figure = go.Figure()
    line = {"color": STYLES[-1].color, "width": 2.5, "simplify": False}
    figure.add_scatter(x=epochs, y=rates, mode="lines", line=line, name=title)
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "font": {"size": 13}},
        height=HEIGHT,
        margin={"l": 56, "r": 8, "t": 28, "b": 40},
        hovermode="x unified",
        showlegend=False,
    )
    figure.update_xaxes(title={"text": epoch, "standoff": 2, "font": {"size": 12}}, range=[0, training.epochs])
    figure.update_yaxes(rangemode="tozero", hoverformat=".3g", exponentformat="power", nticks=4)
    return figure
