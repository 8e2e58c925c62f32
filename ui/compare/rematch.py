"""Rematch: a race of the compared experiments with more seeds."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.race import SEEDS_AT_MOST, RaceConfig
from cnn_core.comparison.verdict import Verdict
from ui.compare.conditions import DATASET_KEY, SEEDS_KEY, SHARED_KEY
from ui.compare.entrants import ENTRANTS_KEY, PANEL_KEY
from ui.session.state import set_widget
from ui.text import text

_USUAL = RaceConfig().seeds


def render_rematch(verdict: Verdict, contenders: Sequence[Contender]) -> bool:
    """One button, where there is something to gain; True when it was clicked."""
    seeds = advise_seeds(verdict, contenders)
    if seeds is None:
        return False
    key = "rematch_two" if len(contenders) == 2 else "rematch"
    return st.button(
        text(f"compare_verdict.{key}", seeds=seeds, count=len(contenders)),
        icon=":material/sports_score:",
        key="compare.rematch",
        help=text("compare_verdict.rematch_help"),
        on_click=_prepare,
        args=(contenders[0].experiment.dataset, seeds),
    )


def advise_seeds(verdict: Verdict, contenders: Sequence[Contender]) -> int | None:
    """More runs of each for a clear result; None if it is clear, a race is running, or it would take too many."""
    if not verdict.pairs or any(one.is_active or one.stands_alone for one in contenders):
        return None
    if verdict.basis != "seeds":
        return _USUAL
    wanted = verdict.repeats_needed or 0
    return wanted if min(len(one.finished) for one in contenders) < wanted <= SEEDS_AT_MOST else None


def _prepare(dataset: str, seeds: int) -> None:
    """The panel opens with the experiments of the page's choice, each with its own settings."""
    set_widget(PANEL_KEY, True)
    set_widget(ENTRANTS_KEY, None)  # it fills itself
    set_widget(DATASET_KEY, dataset)
    set_widget(SEEDS_KEY, seeds)
    set_widget(SHARED_KEY, [])
