"""Placeholders while TensorFlow is loading."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.server.resources import get_tensorflow
from ui.text import text

_POLL_S = 0.5


def is_ready() -> bool:
    return get_tensorflow().ready.is_set()


def render_live(body: Callable[[], None]) -> None:
    """Runs `body` as a fragment of its own, again and again until TensorFlow is there, then only when used."""

    def fragment(was_ready: bool) -> None:
        ready = is_ready()
        body()
        if ready and not was_ready:  # last: before every button was asked, a click that came with it would be lost
            st.rerun()  # the whole page once: it mounts this fragment without its clock

    st.fragment(fragment, run_every=None if is_ready() else _POLL_S)(is_ready())


def render_wait(height: int) -> None:
    """The sentence for anybody who must wait, and a placeholder as high as what will come."""
    get_tensorflow().start()
    st.caption(text("waiting.tensorflow"))
    if height:
        st.skeleton(height=height)
