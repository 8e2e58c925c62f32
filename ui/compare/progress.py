"""Progress of a race, and contenders that are behind."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.race import find_behind
from cnn_core.errors import CnnLabError
from ui.compare.labels import name_contenders
from ui.server.resources import get_executor
from ui.session.state import is_foreign
from ui.shared.estimates import estimate_end, format_rough
from ui.text import enumerate_words, explain, text
from ui.text.plain import plain

_BAR = 330  # pixels


def render_progress(contenders: Sequence[Contender]) -> None:
    """Renders nothing without active runs."""
    runs = [run for one in contenders for run in one.runs]
    active = [run for run in runs if run.is_active]
    if not active:
        return
    waiting = sum(run.state == "queued" for run in active)
    share = sum(run.history.progress if run.is_active else 1.0 for run in runs) / len(runs)
    left = estimate_end([run.id for run in active])
    message = text(
        "compare_race.progress",
        through=len(runs) - len(active),
        runs=len(runs),
        training=len(active) - waiting,
        waiting=waiting,
    )
    names = dict(zip((one.id for one in contenders), name_contenders(contenders), strict=True))
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=_BAR):
            st.progress(
                share, text=f"{message} {text('compare_race.left', time=format_rough(left))}" if left else message
            )
        if behind := find_behind(contenders):
            _render_stop("stop_behind", behind, names=enumerate_words(plain(names[one.id]) for one in behind))
        _render_stop("stop_all", contenders)


def _render_stop(what: str, contenders: Sequence[Contender], **values: str) -> None:
    """Of the reader's own runs: those of other visitors go on."""
    active = [run for one in contenders for run in one.runs if run.is_active]
    ids = [run.id for run in active if not is_foreign(run.folder.facts.owner)]
    if not ids:
        return
    st.button(
        text(f"compare_race.{what}", **values),
        icon=":material/stop_circle:",
        help=text(f"compare_race.{what}_help"),
        key=f"race.{what}",
        on_click=_stop,
        args=(ids,),
    )


def _stop(run_ids: Sequence[str]) -> None:
    """Stops queued runs first, as each stopped run would otherwise start another."""
    executor = get_executor()
    for run_id in sorted(run_ids, key=lambda run_id: executor.queue.find(run_id) is None):
        try:
            executor.stop(run_id)
        except CnnLabError as error:
            st.toast(explain(error), icon=":material/error:", duration="long")
