"""Compare: two to six experiments side by side, each with all its repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnn_core.comparison import Contender, find_contender, group_runs
from cnn_core.comparison.race import AT_MOST
from ui.compare.curves import render_curves
from ui.compare.disagreements import render_disagreements
from ui.compare.labels import label_contenders
from ui.compare.progress import render_progress
from ui.compare.race import render_panels, unfold_race
from ui.compare.same_input import render_same_input
from ui.compare.submit import TABS_KEY
from ui.compare.sweep import render_sweep
from ui.compare.table import render_table
from ui.compare.verdict import render_verdict
from ui.server.resources import get_store
from ui.session.state import session, set_widget, widget_value
from ui.shared.expanders import remembered_tabs
from ui.shared.watches import rerun_with_runs
from ui.text import text

_FIRST = ("three-conv-3x3-valid", "two-conv-no-pooling")
_CHOICE = "compare.chosen"
_ASKED = "compare.asked"  # whether someone has chosen at all: no choice is one too
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
    contenders = list_contenders()
    chosen = _choose(contenders)
    render_panels(contenders, chosen)
    live = any(one.is_active for one in chosen)
    _render_chosen([one.id for one in chosen], live, [contenders])


def list_contenders() -> list[Contender]:
    """All that can be compared, the newest first, the bundled ones last."""
    return group_runs(run for run in get_store().list_runs().runs if run.history.plan is not None or run.is_active)


def _choose(contenders: Sequence[Contender]) -> list[Contender]:
    by_id = {one.id: one for one in contenders}
    ids = session().compared or (() if widget_value(_ASKED) else _FIRST)
    found = [one.id for run_id in ids if (one := find_contender(contenders, run_id))]
    wanted = list(dict.fromkeys(found))[:AT_MOST]
    if len(set(found)) < len(found):  # chosen one by one on another page
        st.toast(text("compare.repeats"), icon=":material/join:")
    set_widget(_CHOICE, wanted)  # other pages and a race choose too, and a contender may have lost its first run
    session().compared = st.multiselect(
        text("compare.choose"),
        list(by_id),
        format_func=label_contenders(contenders).__getitem__,
        max_selections=AT_MOST,
        key=_CHOICE,
        on_change=_take_choice,
        help=text("compare.choose_help"),
    )
    return [by_id[run_id] for run_id in session().compared]


def _take_choice() -> None:
    session().compared = list(widget_value(_CHOICE))
    set_widget(_ASKED, True)


@st.fragment
def _render_chosen(ids: list[str], was_live: bool, fresh: list[list[Contender]]) -> None:
    """`fresh` holds the contenders as just listed, for the first drawing only: hundreds of folders take a while."""
    contenders = fresh.pop() if fresh else list_contenders()
    chosen = [one for one in (find_contender(contenders, run_id) for run_id in ids) if one]
    rerun_with_runs("compared", [run for one in chosen for run in one.runs])
    too_few, asked = len(chosen) < 2, False
    with st.container():  # one place, filled or not: what stands below it keeps its node, and so the reader's zoom
        if not too_few:
            asked = render_verdict(chosen)
        render_progress(chosen)
    tabs = remembered_tabs({name: text(f"compare.tab_{name}") for name in _RENDER}, TABS_KEY)
    for tab, name in zip(tabs, _RENDER, strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                if too_few and name != _ALONE:
                    _render_too_few()
                else:
                    _RENDER[name](chosen)
    if asked or (was_live and not any(one.is_active for one in chosen)):
        st.rerun()  # the last thing: the panel for a race opens, or all have ended


def _render_too_few() -> None:
    st.info(text("compare.too_few"), icon=":material/compare_arrows:")
    if st.button(text("compare.to_race"), icon=":material/sports_score:", key="compare.to_race", on_click=unfold_race):
        st.rerun()  # the panel stands outside of this fragment
