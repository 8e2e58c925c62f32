"""Which run the Train page shows: the one just started, else the newest own one, else the recipe's bundled one."""

from __future__ import annotations

import streamlit as st

from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord
from ui.bar import label_runs
from ui.server import get_store
from ui.state import lab
from ui.text import text


def render_run_choice(experiment: Experiment | None) -> str | None:
    """The id of the run to show; a choice appears as soon as there are several of one's own."""
    runs = get_store().list_runs().runs
    own = [run for run in runs if not run.bundled]
    if not own:
        return _bundled_run_of(experiment, runs)
    if lab().watched_run not in {run.id for run in own}:
        active = [run for run in own if run.is_active]
        lab().watched_run = (active or own)[0].id
    if len(own) > 1:
        labels = label_runs(own)
        ids = [run.id for run in own]
        lab().watched_run = st.selectbox(
            text("train.shown"),
            ids,
            index=ids.index(lab().watched_run or ids[0]),
            format_func=labels.__getitem__,
            label_visibility="collapsed",
            help=text("train.shown"),
        )
    return lab().watched_run


def _bundled_run_of(experiment: Experiment | None, runs: tuple[RunRecord, ...]) -> str | None:
    recipe = experiment.recipe if experiment else None
    run = next((run for run in runs if run.bundled and run.experiment.recipe == recipe), None)
    if run is None:
        st.caption(text("train.nothing_yet"))
        return None
    st.caption(text("train.bundled_shown"))
    return run.id
