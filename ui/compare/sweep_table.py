"""All trials of a sweep as a table that can be sorted by any column."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnn_core.figures.sweep import format_value
from cnn_core.sweeps import Dimension, SweepRecord, Trial
from ui.compare.sweep_knobs import name_knob
from ui.text import text


def render_trials(sweep: SweepRecord) -> None:
    if not sweep.trials:
        return
    trials = sorted(sweep.trials, key=lambda trial: (trial.state != "done", -(trial.score or 0.0), trial.number))
    table = {text(f"sweep.column_{name}"): column for name, column in _columns(sweep, trials).items()}
    accuracy, seconds = text("sweep.column_accuracy"), text("sweep.column_seconds")
    percent_sign = text("formats.share", percent="").replace("%", "%%")
    knobs = {name_knob(d.info).label: [_cell(d, trial) for trial in trials] for d in sweep.space}
    st.markdown(f"##### {text('sweep.table')}")
    st.dataframe(
        {**table, **knobs},
        hide_index=True,
        key=f"sweep-table-{sweep.id}",
        placeholder="–",
        height=min(38 + 35 * len(trials), 420),
        column_config={
            accuracy: st.column_config.NumberColumn(format="%.2f" + percent_sign),
            seconds: st.column_config.NumberColumn(format=text("formats.seconds", seconds="%.1f")),
            **{
                name_knob(d.info).label: st.column_config.NumberColumn(format="%.4g")
                for d in sweep.space
                if d.is_ordered and not d.info.whole
            },
        },
    )


def _columns(sweep: SweepRecord, trials: list[Trial]) -> dict[str, list[Any]]:
    return {
        "trial": [trial.number for trial in trials],
        "accuracy": [None if trial.score is None else trial.score * 100 for trial in trials],
        "state": [_state(sweep, trial) for trial in trials],
        "parameters": [trial.parameters for trial in trials],
        "seconds": [trial.seconds for trial in trials],
    }


def _state(sweep: SweepRecord, trial: Trial) -> str:
    state = text(f"sweep.state_{trial.state}")
    if trial.state == "submitted" and not sweep.is_active:
        state = text("sweep.state_broken")
    if trial.state == "pruned":
        state = text("sweep.pruned_after", epochs=len(trial.curve))
    return text("sweep.is_the_base", state=state) if trial.base else state


def _cell(dimension: Dimension, trial: Trial) -> Any:
    """Keeps numbers as numbers for sorting."""
    value = trial.values.get(dimension.path)
    return value if dimension.is_ordered else format_value(value)
