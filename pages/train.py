"""Train: choose a network and how it learns, start, and watch."""

import streamlit as st

from cnn_core.errors import RunError
from ui.server.resources import get_executor
from ui.session.state import session
from ui.shared.datasets import render_dataset_offer
from ui.shared.estimates import describe_time
from ui.text import explain, text
from ui.train.live import render_run
from ui.train.reveal import render_reveal, reveal
from ui.train.runs_shown import render_run_choice
from ui.train.setup import DATASET_KEY, fold_setup, render_setup

st.title(text("train.title"))
experiment = render_setup()
if experiment is not None:
    render_dataset_offer(experiment.dataset, DATASET_KEY)
start, hold, choice = st.columns([2, 2, 5], vertical_alignment="center")
runs_on = start.button(
    text("train.start"),
    type="primary",
    icon=":material/play_arrow:",
    disabled=experiment is None,
    help=text("train.start_help"),
    width="stretch",
)
is_held = hold.button(
    text("train.start_paused"),
    icon=":material/skip_next:",
    disabled=experiment is None,
    help=text("train.start_paused_help"),
    width="stretch",
)
if runs_on or is_held:
    assert experiment is not None
    try:
        started = get_executor().submit(experiment, owner=session().owner, paused=is_held).id
    except RunError as error:
        st.error(explain(error), icon=":material/error:")
    else:
        session().watched_run = started
        fold_setup()
        reveal(started)
if experiment is not None:
    st.caption(describe_time([experiment]))
with choice:
    shown = render_run_choice(experiment)
if shown:
    render_reveal(shown)
    render_run(shown)
