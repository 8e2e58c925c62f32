"""Which run the Train page shows: the one just started or picked, else the newest own one, else the bundled one.

A visitor who arrives with a design sees a run of it, or a message that there is none yet.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_store
from ui.session.state import session
from ui.shared.model_picker import label_runs
from ui.text import text

_NOT_TRAINED = ""  # as the watched run: none, until one is started or picked


def show_run_of(experiment: Experiment) -> None:
    """Its network's newest own run is what the page will show, and none of another network where it has no run."""
    own = (run for run in get_store().list_runs().runs if not run.bundled)
    session().watched_run = next((run.id for run in own if _has_network_of(run, experiment)), _NOT_TRAINED)


def render_run_choice(experiment: Experiment | None) -> str | None:
    """The id of the run to show; a choice appears as soon as there is another one of one's own."""
    runs = get_store().list_runs().runs
    own = [run for run in runs if not run.bundled]
    if own and session().watched_run not in {_NOT_TRAINED, *(run.id for run in own)}:
        active = [run for run in own if run.is_active]
        session().watched_run = (active or own)[0].id
    if len(own) > 1 or (own and session().watched_run == _NOT_TRAINED):
        session().watched_run = _render_choice(own) or _NOT_TRAINED
    if own and session().watched_run:
        return session().watched_run
    return _bundled_run_of(experiment, runs)


def _render_choice(own: Sequence[RunRecord]) -> str | None:
    labels, ids = label_runs(own), [run.id for run in own]
    watched = session().watched_run
    return st.selectbox(
        text("train.shown"),
        ids,
        index=ids.index(watched) if watched else None,
        format_func=labels.__getitem__,
        placeholder=text("train.earlier"),
        label_visibility="collapsed",
        help=text("train.shown"),
    )


def _bundled_run_of(experiment: Experiment | None, runs: Sequence[RunRecord]) -> str | None:
    recipe = experiment.recipe if experiment else None
    run = next((run for run in runs if run.bundled and run.experiment.recipe == recipe), None)
    if run is None or experiment is None or not _has_network_of(run, experiment):
        st.caption(text("train.nothing_yet"))
        return None
    st.caption(text("train.bundled_shown"))
    return run.id


def _has_network_of(run: RunRecord, experiment: Experiment) -> bool:
    return run.experiment.architecture.layers == experiment.architecture.layers
