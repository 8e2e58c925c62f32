"""Deleting runs; those of other visitors after a confirmation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.runs.store import RunRecord
from cnn_core.runs.trash import Trash
from ui.server.resources import get_store
from ui.session.state import is_foreign, session, set_widget, widget_value
from ui.text import enumerate_words, explain, text
from ui.text.plain import plain

_ASKED = "runs.to_delete"
_NAMED = 5  # of the runs in the question


def get_trash() -> Trash:
    return Trash(get_store().runs_dir)


def attempt(what: Callable[..., Any], *args: Any, **options: Any) -> None:
    """An error stays on the page while it redraws itself."""
    try:
        what(*args, **options)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")


def delete(runs: Sequence[RunRecord]) -> None:
    """Puts runs into the trash, or has the page ask first if one of them belongs to another visitor."""
    if any(is_foreign(run.folder.facts.owner) for run in runs):
        set_widget(_ASKED, tuple(run.id for run in runs))
    else:
        attempt(get_trash().put, runs, session().owner)


def render_delete_dialog(runs: Sequence[RunRecord]) -> None:
    """The question before runs of others are deleted; nothing while there is none."""
    asked = widget_value(_ASKED) or ()
    chosen = [run for run in runs if run.id in asked]
    if chosen:
        title = text("runs.delete_title")
        st.dialog(title, icon=":material/delete:", on_dismiss=_forget)(_render_question)(chosen)


def _render_question(chosen: Sequence[RunRecord]) -> None:
    foreign = [run for run in chosen if is_foreign(run.folder.facts.owner)]
    names = enumerate_words(f"**{plain(run.name)}**" for run in foreign[:_NAMED])
    more = len(foreign) - _NAMED
    if more > 0:
        names = text("runs.delete_more", names=names, count=more)
    st.markdown(text("runs.delete_question", names=names))
    with st.container(horizontal=True):
        if st.button(text("runs.delete", count=len(chosen)), icon=":material/delete:", key="runs.delete_confirmed"):
            _forget()
            attempt(get_trash().put, chosen, session().owner)
            st.rerun()
        if st.button(text("runs.delete_keep"), type="tertiary", key="runs.delete_keep"):
            _forget()
            st.rerun()


def _forget() -> None:
    set_widget(_ASKED, None)
