"""The typed session state of all pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui.session.document import is_plain
from ui.session.model import SessionState
from ui.session.store import visitors
from ui.session.visitor import visitor_id

_KEY = "cnn_lab"
KEPT = ".kept"  # ending of keys that keep what a widget of Streamlit forgets on another page


def session() -> SessionState:
    """This session's state. A new session of a known visitor starts with what the visitor had."""
    if _KEY not in st.session_state:
        state = SessionState()
        st.session_state[_KEY] = state
        if owner := visitor_id():
            state.owner, state.is_kept = owner, True
            _load(state)
    state = st.session_state[_KEY]
    if state.is_kept:
        visitors.touch(state)
    return state


def load_other_tab() -> None:
    """Takes over what another tab of this browser has changed; only from a callback."""
    old = session()
    state = SessionState(owner=old.owner, is_kept=True, tab=old.tab)
    state.sheet.version = old.sheet.version
    st.session_state[_KEY] = state
    _load(state)


def _load(state: SessionState) -> None:
    version = state.sheet.version
    visitors.load(state)
    state.sheet.version = version
    state.sheet.mount_anew()
    for key, value in state.widgets.items():
        st.session_state[key] = value


def is_foreign(owner: str) -> bool:
    """Whether a run, sweep or ticket belongs to another visitor; what has no owner is everyone's."""
    return owner not in ("", session().owner)


def remembered(key: str) -> str:
    """The key of a widget whose value survives reloads and restarts: `st.toggle(label, key=remembered("draw.light"))`.

    What is kept is the value at the time of the call, that is, of the visitor's last change.
    """
    state = session()
    state.page_keys.add(key)
    if key in state.linked:
        st.session_state[key] = state.linked.pop(key)
    if key in st.session_state:
        _note(key, st.session_state[key])
    return key


def page_widgets() -> dict[str, Any]:
    """Values of the widgets of the current page whose key is `remembered`, for a link to the same view."""
    state = session()
    return {key: state.widgets[key] for key in sorted(state.page_keys) if key in state.widgets}


def open_widgets(values: Mapping[str, Any]) -> None:
    """Sets widgets of the current page to the values of a link; they take effect when the widgets are rendered."""
    state = session()
    for key, value in values.items():
        if key.endswith(KEPT):
            st.session_state[key] = value
            st.session_state.pop(key.removesuffix(KEPT), None)
        else:
            state.linked[key] = value


def forget_page_widgets() -> None:
    """Back to the defaults of the current page's widgets, whose values are no longer valid."""
    state = session()
    for key in state.page_keys:
        state.widgets.pop(key, None)
        st.session_state.pop(key, None)
    state.linked.clear()


def _note(key: str, value: Any) -> None:
    widgets = session().widgets
    if is_plain(value):
        widgets.pop(key, None)  # the newest last
        widgets[key] = value
    else:
        widgets.pop(key, None)


def set_widget(key: str, value: object) -> None:
    """Gives a widget a value; only from a callback, before the widget is drawn."""
    st.session_state[key] = value
    if key.endswith(KEPT):
        session().page_keys.add(key)
    if key in session().widgets or key.endswith(KEPT):
        _note(key, value)


def widget_value(key: str, default: Any = None) -> Any:
    return st.session_state.get(key, default)


def tell_widgets_again() -> None:
    """Sets each widget's value from a callback, as the browser identifies options by labels, which have changed."""
    for key in list(st.session_state):
        value = st.session_state[key]
        if type(value) in (str, int, float, list, tuple):  # choices; buttons and components can't be set
            st.session_state[key] = value


def start_widget(key: str, value: object) -> None:
    """What a widget shows when it is drawn for the first time; from then on the reader's choice counts."""
    st.session_state.setdefault(key, value)
