"""Runs: everything that has been trained, and what is wrong with folders that can't be read."""

from __future__ import annotations

import shutil

import streamlit as st

from cnn_core.runs.store import RunRecord
from ui.bar import format_accuracy, format_time, sign_of
from ui.live import format_duration
from ui.navigation import go_to, link_to
from ui.server import get_executor, get_store
from ui.state import lab
from ui.text import text


def render_run_list() -> None:
    listing = get_store().list_runs()
    for problem in listing.problems:
        st.warning(problem, icon=":material/folder_off:")
    own = [run for run in listing.runs if not run.bundled]
    if not own:
        st.info(text("runs.none_yet", folder=get_store().runs_dir), icon=":material/info:")
        link_to("train", text("runs.to_train"))
    for title, runs in (("runs.own", own), ("runs.bundled", [run for run in listing.runs if run.bundled])):
        if runs:
            st.subheader(text(title))
            for run in runs:
                _render_row(run)


def _render_row(run: RunRecord) -> None:
    history = run.history
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"{sign_of(run)} **{run.name}**", width="stretch")
        accuracy = "–" if history.test_accuracy is None else format_accuracy(history.test_accuracy)
        seconds = "–" if history.seconds is None else format_duration(history.seconds)
        kept = () if run.has_model or run.is_active else (text("runs.no_model"),)
        facts = (
            *kept,
            run.experiment.dataset,
            text(f"states.{run.state}"),
            accuracy,
            seconds,
            format_time(run.created),
        )
        st.caption(" · ".join(facts), width="content")
        if run.is_active:
            st.button(text("live.stop"), key=f"stop-{run.id}", on_click=get_executor().stop, args=(run.id,))
        if run.has_model and st.button(text("runs.layers"), key=f"layers-{run.id}"):
            lab().run_id = run.id
            go_to("layers")
        if not run.bundled and st.button(text("runs.curves"), key=f"curves-{run.id}"):
            lab().watched_run = run.id
            go_to("train")
        if not run.bundled and not run.is_active:
            with st.popover(text("runs.delete")):
                st.caption(text("runs.delete_warning"))
                st.button(
                    text("runs.delete_now"), key=f"delete-{run.id}", type="primary", on_click=_delete, args=(run,)
                )


def _delete(run: RunRecord) -> None:
    shutil.rmtree(run.folder.path, ignore_errors=True)
    st.toast(text("runs.deleted", name=run.name))
