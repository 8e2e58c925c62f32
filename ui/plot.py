"""Plotly figures on a page, kept in place while their data change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas  # noqa: F401 (TensorFlow's thread imports it too, and Plotly would look into one half imported)
import streamlit as st

from ui.components import read_asset
from ui.server import PLOTLY_PATH

if TYPE_CHECKING:
    import plotly.graph_objects as go

_plot = st.components.v2.component(
    "cnn_lab_plot",
    html='<div class="cnn-plot" role="img"></div>\n',
    js=read_asset("plot.js"),
    isolate_styles=False,  # Plotly writes its styles into the document
)


def render_figure(figure: go.Figure, key: str) -> None:
    """Draws a figure; a later call with the same key updates it and keeps the reader's zoom."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    url = f"/{base}{PLOTLY_PATH}" if base else PLOTLY_PATH
    label = figure.layout.title.text or key
    _plot(key=key, data={"figure": figure.to_json(), "plotly": url, "label": label})
