"""What happens on the page at Start: the settings are folded, and the new run comes into view."""

from __future__ import annotations

import streamlit as st

from ui.components import read_asset
from ui.session.state import set_widget, widget_value

_STARTED = "train.started"

_component = st.components.v2.component(
    "cnn_lab_reveal",
    html="<i></i>\n",
    css=read_asset("train/reveal.css"),
    js=read_asset("train/reveal.js"),
    isolate_styles=False,
)


def reveal(run_id: str) -> None:
    """Draws the page again with this run in view."""
    set_widget(_STARTED, run_id)
    st.rerun()


def render_reveal(run_id: str) -> None:
    """Before the run's heading: scrolls to it once, if it was started from this page."""
    _component(key="train-reveal", data={"run": run_id if widget_value(_STARTED) == run_id else ""})
