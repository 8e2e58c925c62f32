"""Expanders and tabs that keep their state across pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.session.state import set_widget, start_widget, widget_value


def remembered_expander(label: str, key: str, icon: str | None = None) -> Any:
    """`st.expander`, collapsed at first; `.open` is True while its content is visible."""
    if widget_value(f"{key}.label", label) != label:  # to Streamlit, one in another language is another expander
        set_widget(key, is_unfolded(key))
    set_widget(f"{key}.label", label)
    start_widget(key, _kept(key, False))
    return st.expander(label, icon=icon, key=key, on_change=_keep, args=(key,))


def is_unfolded(key: str) -> bool:
    """Whether this expander will be drawn open."""
    return bool(widget_value(key, _kept(key, False)))


def leave_as(key: str, value: object) -> None:
    """As if the reader had left this expander open (True), or these tabs at a label; before they are drawn."""
    set_widget(key, value)
    _keep(key)


def remembered_tabs(labels: Mapping[str, str], key: str) -> Any:
    """`st.tabs` with these labels by name, each `.open` or not; the open one stays so in another language as well."""
    name = open_tab(labels, key)
    if widget_value(key) != labels[name]:
        set_widget(key, labels[name])
    set_widget(f"{key}.kept", name)
    set_widget(f"{key}.names", {label: name for name, label in labels.items()})
    return st.tabs(list(labels.values()), key=key, on_change="rerun")


def open_tab(labels: Mapping[str, str], key: str) -> str:
    """The name of the tab that is open or will be; the first one before any was chosen."""
    names = widget_value(f"{key}.names", {}) | {label: name for name, label in labels.items()}
    kept = _kept(key, "")
    for label in (widget_value(key), kept):
        if names.get(label) in labels:
            return str(names[label])
    return str(kept) if kept in labels else next(iter(labels))


def _keep(key: str) -> None:
    set_widget(f"{key}.kept", widget_value(key))  # Streamlit forgets these two kinds of widgets on another page


def _kept(key: str, otherwise: object) -> Any:
    return widget_value(f"{key}.kept", otherwise)
