"""Runs page: queue, run list, and unreadable folders."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

import streamlit as st

from cnn_core.runs.store import RunRecord
from ui.runs.actions import can_delete, compare
from ui.runs.deletion import delete, get_trash, render_delete_dialog
from ui.runs.filter import clear_filter, render_filter, select_runs
from ui.runs.labels import ask_for, render_asked_dialog
from ui.runs.queue_view import render_line
from ui.runs.row import pick_key, render_heading, render_row, render_style
from ui.runs.sizes import format_size, get_sizes
from ui.runs.trash import render_undo
from ui.server.resources import get_store
from ui.session.state import set_widget, widget_value
from ui.shared.navigation import link_to
from ui.text import explain, join_sentences, text

_AT_ONCE = 25
_SHOWN = "runs.shown"


def render_run_list() -> None:
    listing = get_store().list_runs()
    own = [run for run in listing.runs if not run.bundled]
    render_style()
    head = st.empty()
    known = all(get_sizes().knows(run) for run in own)
    _render_head(head, own, with_sizes=known)
    for problem in listing.problems:
        st.warning(explain(problem), icon=":material/folder_off:")
    render_line(own)
    if not own:
        st.info(text("runs.none_yet", folder=get_store().runs_dir), icon=":material/info:")
        link_to("train", text("runs.to_train"))
    _render_lists(listing.runs)
    render_undo()
    render_asked_dialog(own)
    render_delete_dialog(own)
    if not known:  # measuring thousands of files must not hold up the page
        _render_head(head, own, with_sizes=True)


def _render_head(head: st.delta_generator.DeltaGenerator, own: Sequence[RunRecord], with_sizes: bool) -> None:
    """How many runs there are and what they take; the latter once it is known."""
    count = text("runs.count_one") if len(own) == 1 else text("runs.count", count=len(own))
    if not own:
        return
    if not with_sizes:
        head.caption(count)
        return
    runs_dir, trash = get_store().runs_dir, get_trash().size()
    used = format_size(sum(get_sizes().of(run) for run in own) + trash)
    message = text("runs.disk", count=count, used=used, free=format_size(shutil.disk_usage(runs_dir).free))
    head.caption(join_sentences((message, text("runs.disk_trash", size=format_size(trash)) if trash else "")))


def _render_lists(runs: Sequence[RunRecord]) -> None:
    """One's own, then the bundled ones, as far as the filter admits them."""
    ended = [run for run in runs if not run.is_active]
    chosen = render_filter([run for run in ended if not run.bundled])
    admitted = select_runs(ended, chosen, get_sizes().of)
    if not admitted:
        _render_nothing_found()
    own = [run for run in admitted if not run.bundled]
    shown = own[: widget_value(_SHOWN, _AT_ONCE)]
    bundled = [run for run in admitted if run.bundled]
    _render_picked([run for run in [*shown, *bundled] if widget_value(pick_key(run))])
    if shown:
        st.subheader(text("runs.own"))
        render_heading(shown, all(widget_value(pick_key(run)) for run in shown))
        _render_rows(shown)
        _render_more(len(own) - len(shown))
    if bundled:
        st.subheader(text("runs.bundled"))
        _render_rows(bundled)


def _render_rows(runs: Sequence[RunRecord]) -> None:
    with st.container(gap="xsmall"):
        for run in runs:
            render_row(run)


def _render_nothing_found() -> None:
    st.info(text("runs.nothing_found"), icon=":material/search_off:")
    st.button(text("runs.clear"), icon=":material/filter_alt_off:", key="runs.clear", on_click=clear_filter)


def _render_more(hidden: int) -> None:
    if hidden > 0:
        shown = widget_value(_SHOWN, _AT_ONCE)
        label = text("runs.more", count=min(hidden, _AT_ONCE), hidden=hidden)
        st.button(label, key="runs.more", on_click=set_widget, args=(_SHOWN, shown + _AT_ONCE))


def _render_picked(picked: Sequence[RunRecord]) -> None:
    """What can be done with several at once, at the foot of the page; nothing while none is picked."""
    if not picked:
        return
    own = [run for run in picked if can_delete(run)]
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", key="runs-picked"):
        st.markdown(text("runs.picked", count=len(picked)), width="content")
        plans = [run.id for run in picked if run.history.plan]
        if st.button(
            text("runs.do_compare"), icon=":material/compare_arrows:", disabled=len(plans) < 2, key="runs.compare"
        ):
            compare(plans)
        if st.button(text("runs.tag"), icon=":material/label:", disabled=not own, key="runs.tag_several"):
            ask_for("tag", [run.id for run in own])
        if st.button(
            text("runs.delete", count=len(own)), icon=":material/delete:", disabled=not own, key="runs.delete"
        ):
            delete(own)
            st.rerun()
        st.button(text("runs.unpick"), type="tertiary", key="runs.unpick", on_click=_unpick, args=(picked,))


def _unpick(picked: Sequence[RunRecord]) -> None:
    for run in picked:
        set_widget(pick_key(run), False)
