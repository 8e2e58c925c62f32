"""Sweep tab: a new or existing hyperparameter search."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.sweeps import SweepRecord
from ui.compare.sweep_setup import SHOWN, render_new_sweep
from ui.compare.sweep_view import render_shown_sweep
from ui.server.resources import get_sweeps
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.model_picker import format_accuracy, format_time
from ui.text import explain, text

_NEW = ""


def render_sweep(contenders: Sequence[Contender]) -> None:
    """Needs no contenders: the trials of a sweep are compared among themselves."""
    del contenders
    sweeps, problems = get_sweeps().list_sweeps()
    for problem in problems:
        st.warning(explain(problem), icon=":material/folder_off:")
    shown = _choose(sweeps)
    if shown is None:
        render_new_sweep(is_first=not sweeps)
    else:
        render_shown_sweep(shown)


def _choose(sweeps: Sequence[SweepRecord]) -> SweepRecord | None:
    """What is under way is shown first; None for a new one."""
    by_id = {sweep.id: sweep for sweep in sweeps}
    if not sweeps:
        return None
    start_widget(SHOWN, next((sweep.id for sweep in sweeps if sweep.is_active), _NEW))
    if widget_value(SHOWN) not in (*by_id, _NEW):
        set_widget(SHOWN, _NEW)
    labels = _label_sweeps(sweeps)
    chosen = st.selectbox(
        text("sweep.shown"),
        [_NEW, *by_id],
        format_func=lambda sweep_id: labels.get(sweep_id) or text("sweep.new"),
        key=remembered(SHOWN),
        persist_state="session",
    )
    return by_id.get(chosen)


def _label_sweeps(sweeps: Sequence[SweepRecord]) -> dict[str, str]:
    """Without what changes while it runs: the choice would close under the reader's hand."""
    labels: dict[str, str] = {}
    for sweep in sweeps:
        best = sweep.best if not sweep.is_active else None
        parts = [sweep.spec.name, text(f"sweep.method_{sweep.spec.method}"), text(f"sweep.is_{sweep.state}")]
        parts += [format_accuracy(best.score)] if best and best.score is not None else []
        label = " · ".join([*parts, format_time(sweep.facts.created)])
        while label in labels.values():
            label += " ′"
        labels[sweep.id] = label
    return labels
