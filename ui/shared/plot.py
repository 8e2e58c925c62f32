"""Plotly figures on a page, kept in place while their data change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas  # noqa: F401 (TensorFlow's thread imports it too, and Plotly would look into one half imported)
import streamlit as st

from ui.components import read_asset
from ui.server.resources import PLOTLY_PATH
from ui.shared.addresses import address_of
from ui.text import text

if TYPE_CHECKING:
    import plotly.graph_objects as go

_plot = st.components.v2.component(
    "cnn_lab_plot",
    html='<div class="cnn-plot" role="img"></div>\n',
    js=read_asset("shared/chart.js") + read_asset("shared/plot.js"),
    isolate_styles=False,  # Plotly writes its styles into the document
)
_charts = st.components.v2.component(
    "cnn_lab_charts",
    html=read_asset("train/curves.html"),
    css=read_asset("train/curves.css"),
    js="\n".join(map(read_asset, ("shared/chart.js", "train/follow.js", "train/curves.js"))),
    isolate_styles=False,
)


@dataclass(frozen=True)
class LegendEntry:
    """A line of the legend of several charts; a click on it hides the traces whose `meta.key` is `key`.

    `dash` is "solid", "dot" or empty for no line, `sign` the marker as a character, `open` an unfilled one.
    """

    key: str
    name: str
    color: str
    dash: str = "solid"
    sign: str = ""
    open: bool = False
    faint: bool = False


@dataclass(frozen=True)
class Chart:
    """A figure without title and legend; `values` are its newest numbers, name and number, shown beside the title."""

    title: str
    figure: go.Figure
    values: Sequence[tuple[str, str]] = ()
    wide: bool = False


def render_figure(figure: go.Figure, key: str) -> None:
    """Draws a figure; a later call with the same key updates it and keeps the reader's zoom."""
    label = figure.layout.title.text or key
    _plot(key=key, data={"figure": figure.to_json(), "plotly": address_of(PLOTLY_PATH), "label": label})


def render_charts(charts: Sequence[Chart], legend: Sequence[LegendEntry], key: str, tools: bool = False) -> None:
    """Charts beside each other with one legend; with `tools`, smoothing and a logarithmic loss can be chosen.

    Zoom, smoothing, axis and what is hidden stay as the reader left them, whatever is drawn next.
    """
    _charts(key=key, data=pack_charts(charts, legend) | _fixtures(tools))


def render_fed_charts(charts: Sequence[Chart], legend: Sequence[LegendEntry], key: str, feed: str) -> None:
    """The same with tools, but the browser fetches what `pack_charts` gives from the address `feed`.

    `charts` is what stands there until the first answer. As long as it stays the same, the page's reruns leave the
    charts alone, and no rerun is needed for a new point.
    """
    _charts(key=key, data=pack_charts(charts, legend) | _fixtures(tools=True) | {"feed": feed})


def pack_charts(charts: Sequence[Chart], legend: Sequence[LegendEntry]) -> dict[str, Any]:
    """What is drawn, as the browser takes it."""
    return {
        "charts": [
            {
                "title": chart.title,
                "figure": chart.figure.to_json(),
                "values": [{"name": name, "value": value} for name, value in chart.values],
                "wide": chart.wide,
            }
            for chart in charts
        ],
        "legend": [vars(entry) for entry in legend],
    }


def _fixtures(tools: bool) -> dict[str, Any]:
    words = {name: text(f"curves.tool_{name}") for name in ("smoothing", "smoothing_help", "log", "log_help")}
    return {"words": words if tools else None, "plotly": address_of(PLOTLY_PATH)}
