"""One run as it happens: state, progress, what can be done with it, and three ways of looking at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import RunError
from cnn_core.runs.store import RunRecord
from ui.results.results import render_results
from ui.server.resources import get_store
from ui.server.waiting import is_ready
from ui.session.state import session, set_widget, widget_value
from ui.shared.expanders import leave_as, open_tab, remembered_tabs
from ui.shared.model_picker import choose_model, sign_of
from ui.shared.navigation import PAGES, go_to
from ui.shared.watches import rerun_on_change
from ui.text import explain, text, translate_core
from ui.text.plain import plain
from ui.train.inside import chosen_picture, render_inside
from ui.train.live_charts import render_live_charts
from ui.train.live_model import is_waiting, look_into
from ui.train.live_pictures import render_pictures
from ui.train.live_progress import describe_end, render_progress
from ui.train.remarks import list_remarks, render_remarks
from ui.train.steering import pending_commands, render_steering
from ui.train.stepping import is_stepped, render_stepping

_TAB, _SEEN = "live.tab", "live.seen"
_SELDOM_S = 20.0  # of training, after which figures are renewed that the browser does not fetch, as those of speed
_BADGES = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "completed": "green",
    "stopped": "orange",
    "failed": "red",
    "interrupted": "red",
}
_UNDER_WAY = ("stop", "step", "pause", "resume")  # what a badge can say is on its way, the last word first


def render_run(run_id: str) -> None:
    """A run's live view. The browser fetches bars, curves and images; the rest is drawn again when it changes."""
    try:
        run = get_store().find(run_id)
    except RunError as error:
        st.error(explain(error), icon=":material/error:")
        return
    _open_live_first(run)
    look = _look_of(run)
    _render_head(run_id, look)
    _render_body(run_id, look)


@dataclass(frozen=True)
class _HeaderState:
    """What the page as a whole depends on: when it changes, all of it is drawn again, once."""

    state: str
    planned: bool
    pending: tuple[str, ...]


def _look_of(run: RunRecord) -> _HeaderState:
    pending = tuple(sorted(pending_commands(run)))
    return _HeaderState(run.state, planned=run.history.plan is not None, pending=pending)


def _watch(run: RunRecord) -> None:
    """Has the body drawn again when more changes than bars, curves, and the images of a run under way."""
    tab = open_tab(_tab_labels(), _TAB)
    picture = chosen_picture() if tab == "inside" else None
    revise = partial(_revision_of, ink=session().ink, picture=picture, inside=tab == "inside")
    waiting = run.is_active or (tab != "results" and is_waiting(run, session().ink, picture))
    rerun_on_change("live", revise(run), (lambda: revise(get_store().find(run.id))) if waiting else None)


def _revision_of(run: RunRecord, ink: np.ndarray | None, picture: int | None, inside: bool) -> tuple[object, ...]:
    remarks = [remark.code for remark in list_remarks(run)]
    if run.is_active and not inside and not is_stepped(run):
        return _look_of(run), remarks, int(run.history.last_time // _SELDOM_S)
    view = look_into(run, ink, picture)
    return _look_of(run), remarks, is_ready(), view and view.version, len(run.history.layer_stats)


def _tab_labels() -> dict[str, str]:
    return {name: text(f"live.tab_{name}") for name in ("live", "inside", "results")}


def _open_live_first(run: RunRecord) -> None:
    """A run that has just been started is seen to learn, whichever tab was left open at the one before."""
    seen = widget_value(_SEEN, ())
    if run.is_active and run.id not in seen:
        set_widget(_SEEN, (*seen, run.id))
        leave_as(_TAB, _tab_labels()["live"])


def _find_shown(run_id: str) -> RunRecord:
    try:
        return get_store().find(run_id)
    except RunError:  # just deleted: the page shows another run or the error
        st.rerun()


def _follow(run: RunRecord, look: _HeaderState) -> None:
    """Draws the whole page again where this run is not what it was, so that all of it is right again.

    The last thing that a fragment does. Before every button was asked, a click that came with the very tick in which
    the run ended would be lost.
    """
    if _look_of(run) != look:
        st.rerun()


@st.fragment
def _render_head(run_id: str, look: _HeaderState) -> None:
    """What is clicked and does not move."""
    run = _find_shown(run_id)
    name, buttons = st.container(key="live-head").columns([3, 2], vertical_alignment="center")
    with name.container(horizontal=True, vertical_alignment="center"):
        head = text(
            "live.head",
            name=plain(run.name),
            dataset=translate_core(DATASETS[run.experiment.dataset].title),
            sign=sign_of(run),
        )
        st.markdown(head, help=text("live.sign_help"), width="content")
        pending = pending_commands(run)
        under_way = next((f"steer.{what}_taken" for what in _UNDER_WAY if what in pending), f"states.{run.state}")
        st.badge(text(under_way), color=_BADGES[run.state])  # type: ignore[arg-type]
        if outcome := describe_end(run):
            st.caption(outcome, width="content")
    with buttons:
        render_steering(run)
    _follow(run, look)


@st.fragment
def _render_body(run_id: str, look: _HeaderState) -> None:
    run = _find_shown(run_id)
    _watch(run)
    with st.container(key="live-body"):
        with st.container():  # one place, filled or not: what stands below it keeps its node, and so the reader's zoom
            if run.is_active:
                render_progress(run)
            else:
                if run.reason:
                    st.warning(explain(run.reason), icon=":material/report:")
                if run.has_model:
                    _render_next(run)
        if run.history.plan is not None or run.is_active:  # else it ended before there was anything to see
            _render_tabs(run)
    _follow(run, look)


def _render_tabs(run: RunRecord) -> None:
    views = (_render_live, render_inside, render_results)
    for tab, render in zip(remembered_tabs(_tab_labels(), _TAB), views, strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                render(run)


def _render_live(run: RunRecord) -> None:
    if is_stepped(run):
        render_stepping(run)
    charts, pictures = st.columns([7, 2], gap="medium")
    with charts:
        render_live_charts(run)
    with pictures:
        render_pictures(run)
    render_remarks(run)


def _render_next(run: RunRecord) -> None:
    with st.container(horizontal=True):
        for page in ("draw", "layers"):
            if st.button(text(f"live.to_{page}"), icon=f":material/{PAGES[page].icon}:", key=f"next-{page}"):
                choose_model(run)
                go_to(page)
        if st.button(text("live.to_compare"), icon=":material/compare_arrows:", key="next-compare"):
            session().compared = list(dict.fromkeys([run.id, *_list_opponents(run), *session().compared]))[:6]
            go_to("compare")


def _list_opponents(run: RunRecord) -> list[str]:
    """The run to compare with: its parent, else the recipe's bundled run, else the newest other run; none if alone."""
    runs = get_store().list_runs().runs
    others = [one for one in runs if one.folder.fingerprint != run.folder.fingerprint]
    same_data = [one for one in others if one.experiment.dataset == run.experiment.dataset and not one.is_active]
    parent, recipe = run.folder.facts.parent, run.experiment.recipe
    by_preference = (
        [one for one in runs if one.id == parent],
        [one for one in same_data if one.bundled and recipe and one.experiment.recipe == recipe],
        same_data,
        [one for one in others if one.bundled and recipe and one.experiment.recipe == recipe],
        others,
    )
    return next(([one.id for one in found[:1]] for found in by_preference if found), [])
