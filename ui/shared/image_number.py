"""Number field for the index of a dataset image."""

from __future__ import annotations

import streamlit as st

from ui.session.state import remembered


def render_picture_number(label: str, last: int, key: str, help_text: str, width: int = 150) -> int:
    """A number from 0 to `last`, kept under `key` for the session; where it begins is set before by `start_widget`."""
    number = st.number_input(label, 0, last, key=remembered(key), help=help_text, width=width, persist_state="session")
    return int(number)
