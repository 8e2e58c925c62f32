"""Actions of a sweep: stop, resume, and open its best trial."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnn_core.errors import CnnLabError, RunError
from cnn_core.experiment.starters import STARTERS
from cnn_core.sweeps import SweepRecord
from ui.server.resources import get_store, get_sweeps
from ui.session.state import is_foreign, session, set_widget
from ui.shared.navigation import go_to
from ui.text import explain, text

_TAB, _CURVES = "compare.tab", "compare.tab_curves"


def render_orders(sweep: SweepRecord) -> Callable[[], None] | None:
    """The buttons; returns what one that was pressed leaves to be done when everything is drawn."""
    best, base = sweep.best, sweep.base_trial
    with st.container(horizontal=True):
        if sweep.is_active:
            asked = sweep.folder.is_asked_to_stop()
            label = text("sweep.stopping" if asked else "sweep.stop")
            if is_foreign(sweep.facts.owner) and not asked:
                with st.popover(label, icon=":material/lock:", key="sweep.foreign"):
                    st.markdown(text("sweep.foreign_question"))
                    _button(label, "stop", "stop_circle", sweep, get_sweeps().stop)
            else:
                _button(label, "stop", "stop_circle", sweep, get_sweeps().stop, disabled=asked)
        elif sweep.state != "completed":
            _button(text("sweep.go_on"), "go_on", "play_circle", sweep, get_sweeps().go_on)
        opens = st.button(
            text("sweep.open_best"),
            icon=":material/account_tree:",
            key="sweep.open_best",
            disabled=best is None,
            type="secondary" if sweep.is_active else "primary",
        )
        kept = best is not None and base is not None and best is not base and _are_there(best.run, base.run)
        compares = st.button(
            text("sweep.compare_best"),
            icon=":material/compare_arrows:",
            key="sweep.compare_best",
            disabled=not kept,
            help=text("sweep.compare_help"),
            on_click=_compare_best,
            args=(sweep,),
        )
    if opens:
        return lambda: _open_best(sweep)
    return st.rerun if compares else None


def _button(
    label: str, key: str, icon: str, sweep: SweepRecord, order: Callable[[str], None], disabled: bool = False
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"sweep.{key}",
        disabled=disabled,
        on_click=_attempt,
        args=(order, sweep.id),
    )


def _attempt(order: Callable[[str], None], sweep_id: str) -> None:
    """A callback; an error stays on the page."""
    try:
        order(sweep_id)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")


def _are_there(*run_ids: str) -> bool:
    """Whether all these runs still exist."""
    try:
        return all(get_store().find(run_id) for run_id in run_ids)
    except RunError:
        return False


def _open_best(sweep: SweepRecord) -> None:
    """The best's knobs on the base, on the draft."""
    if sweep.best is None:
        return
    origin = sweep.base.recipe or ""
    session().draft.load(origin if origin in STARTERS else session().draft.origin, sweep.design_of(sweep.best))
    go_to("design")


def _compare_best(sweep: SweepRecord) -> None:
    """A callback. Both are runs of this sweep: as many epochs, and the same images held out."""
    if sweep.best is None or sweep.base_trial is None:
        return
    session().compared = [sweep.best.run, sweep.base_trial.run]
    for key in (_TAB, f"{_TAB}.kept"):
        set_widget(key, text(_CURVES))
