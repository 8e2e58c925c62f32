"""Expanders and tabs that stay as the reader left them, also after a visit to another page."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ui.state import set_widget, start_widget, widget_value


def remembered_expander(label: str, key: str, icon: str | None = None) -> Any:
    """`st.expander`, folded at first; `.open` says whether what is inside can be seen."""
    start_widget(key, _kept(key, False))
    return st.expander(label, icon=icon, key=key, on_change=_keep, args=(key,))


def is_unfolded(key: str) -> bool:
    """Whether this expander will be drawn open."""
    return bool(widget_value(key, _kept(key, False)))


def remembered_tabs(labels: list[str], key: str) -> Any:
    """`st.tabs`; `.open` of each says whether it is the one in sight."""
    start_widget(key, _kept(key, labels[0]))
    return st.tabs(labels, key=key, on_change=_keep, args=(key,))


def _keep(key: str) -> None:
    set_widget(f"{key}.kept", widget_value(key))  # Streamlit forgets these two kinds of widgets on another page


def _kept(key: str, otherwise: object) -> Any:
    return widget_value(f"{key}.kept", otherwise)
