"""Compare: two to six experiments side by side, each with all its repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnn_core.comparison import Contender, find_contender, group_runs
from ui.compare.curves import render_curves
from ui.compare.disagreements import render_disagreements
from ui.compare.labels import label_contenders
from ui.compare.race import render_race
from ui.compare.same_input import render_same_input
from ui.compare.sweep import render_sweep
from ui.compare.table import render_table
from ui.compare.verdict import render_verdict
from ui.server import get_store
from ui.state import lab
from ui.text import text

AT_MOST = 6
_FIRST = ("three-conv-3x3-valid", "two-conv-no-pooling")
_POLL_S = 1.0
_TAB = "compare.tab"
_ALONE = "sweep"  # needs nothing to be chosen
_RENDER: dict[str, Callable[[Sequence[Contender]], None]] = {
    "curves": render_curves,
    "table": render_table,
    "disagreements": render_disagreements,
    "layers": render_same_input,
    "sweep": render_sweep,
}


def render_comparison() -> None:
    """The choice, the answer in one sentence, and the tabs behind it."""
    chosen = _choose(list_contenders())
    render_race()
    live = any(one.is_active for one in chosen)
    st.fragment(_render_chosen, run_every=_POLL_S if live else None)([one.id for one in chosen], live)


def list_contenders() -> list[Contender]:
    """All that can be compared, the newest first, the bundled ones last."""
    return group_runs(run for run in get_store().list_runs().runs if run.history.plan is not None or run.is_active)


def _choose(contenders: Sequence[Contender]) -> list[Contender]:
    by_id = {one.id: one for one in contenders}
    found = (find_contender(contenders, run_id) for run_id in lab().compared or _FIRST)
    wanted = list(dict.fromkeys(one.id for one in found if one))
    lab().compared = st.multiselect(
        text("compare.choose"),
        list(by_id),
        default=wanted[:AT_MOST],
        format_func=label_contenders(contenders).__getitem__,
        max_selections=AT_MOST,
        key=f"compare-{len(by_id)}",
        help=text("compare.choose_help"),
    )
    return [by_id[run_id] for run_id in lab().compared]


def _render_chosen(ids: list[str], was_live: bool) -> None:
    contenders = list_contenders()
    chosen = [one for one in (find_contender(contenders, run_id) for run_id in ids) if one]
    too_few = len(chosen) < 2
    if not too_few:
        render_verdict(chosen)
    tabs = st.tabs([text(f"compare.tab_{name}") for name in _RENDER], key=_TAB, on_change="rerun")
    for tab, name in zip(tabs, _RENDER, strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                if too_few and name != _ALONE:
                    st.info(text("compare.too_few"), icon=":material/compare_arrows:")
                else:
                    _RENDER[name](chosen)
    if was_live and not any(one.is_active for one in chosen):
        st.rerun()  # the last thing: the clock stops
