"""The one typed object behind `st.session_state`: what a person has chosen, on every page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.experiment import Experiment
from cnn_core.runs.store import DEFAULT_RUN

_KEY = "cnn_lab"


@dataclass
class Lab:
    """`strokes` is the canvas's own description of the drawing, `ink` the same as (H, W) pixels, 0–1."""

    run_id: str = DEFAULT_RUN
    strokes: dict[str, Any] | None = None
    ink: np.ndarray | None = None
    canvas_version: int = 0
    canvas_page: str = ""
    design: Experiment | None = None
    undo: list[Experiment] = field(default_factory=list)
    redo: list[Experiment] = field(default_factory=list)
    watched_run: str | None = None
    compared: list[str] = field(default_factory=list)


def lab() -> Lab:
    """This session's state."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Lab()
    state: Lab = st.session_state[_KEY]
    return state


def set_widget(key: str, value: object) -> None:
    """Gives a widget a value; only from a callback, before the widget is drawn."""
    st.session_state[key] = value


def widget_value(key: str, default: Any = None) -> Any:
    return st.session_state.get(key, default)
