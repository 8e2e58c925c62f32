"""Whether a drawing or photo is read as one digit or as several."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from cnn_core.data.photo.reading import How
from ui.session.state import remembered, widget_value
from ui.text import text

_KEY = "draw.how"


def chosen_how(key: str = _KEY) -> How:
    """The value of a control that is rendered below what it changes."""
    value = widget_value(key)
    return value if value in get_args(How) else "auto"


def render_how(key: str = _KEY) -> None:
    st.segmented_control(
        text("draw.how"),
        get_args(How),
        default="auto",
        format_func=lambda how: text(f"draw.how_{how}"),
        key=remembered(key),
        help=text("draw.how_help"),
        required=True,
        persist_state="session",
    )
