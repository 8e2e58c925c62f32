"""Placeholders while TensorFlow is loading."""

from __future__ import annotations

import streamlit as st

from ui.server.resources import get_tensorflow
from ui.text import text


def is_ready() -> bool:
    return get_tensorflow().ready.is_set()


def render_wait(height: int) -> None:
    """The sentence for anybody who must wait, and a placeholder as high as what will come."""
    get_tensorflow().start()
    st.caption(text("waiting.tensorflow"))
    if height:
        st.skeleton(height=height)
