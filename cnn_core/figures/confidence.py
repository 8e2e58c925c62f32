"""How sure a network was of one class, at each moment of its training that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT = 104


def plot_confidence(
    moments: Sequence[str],
    probabilities: np.ndarray,
    answers: Sequence[str],
    shown: int,
    color: str,
    title: str,
    answered: str,
) -> go.Figure:
    """`probabilities` (moments,) of one class, 0–1; `answers` what was answered then; `shown` is marked."""
    import plotly.graph_objects as go

    places = list(range(len(moments)))
    figure = go.Figure(
        go.Scatter(
            x=places,
            y=[float(p) for p in probabilities],
            text=[f"{moment}<br>{answered} {answer}" for moment, answer in zip(moments, answers, strict=True)],
            hovertemplate="%{text}<br>%{y:.1%}<extra></extra>",
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"color": color, "size": [11 if place == shown else 5 for place in places]},
            showlegend=False,
        )
    )
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 40, "r": 24, "t": 24, "b": 24},
        title={"text": title, "font": {"size": 13}, "x": 0, "xanchor": "left"},
        xaxis={
            "tickvals": [places[0], places[-1]],
            "ticktext": [moments[0], moments[-1]],
            "tickangle": 0,
            "range": [-0.3, places[-1] + 0.3],
            "fixedrange": True,
        },
        yaxis={"range": [-0.04, 1.04], "tickformat": ".0%", "dtick": 0.5, "fixedrange": True},
    )
    return figure
