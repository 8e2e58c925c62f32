"""Starting several experiments against each other, each with several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.race import AT_MOST, Start, fit_experiment, plan_race
from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import SpecError
from cnn_core.experiment import Experiment
from ui.compare.conditions import DATASET_KEY, render_conditions
from ui.compare.entrants import ENTRANTS_KEY, PANEL_KEY, list_entrants, offer_entrants
from ui.compare.reproduce import render_reproduction
from ui.compare.submit import submit_or_explain
from ui.server.resources import get_store
from ui.session.state import remembered, set_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.shared.estimates import describe_time
from ui.shared.expanders import is_unfolded, remembered_expander
from ui.text import explain, join_sentences, text

_REPRODUCE, _FOLD = "race.reproduce", "race.fold"


def render_panels(contenders: Sequence[Contender], chosen: Sequence[Contender]) -> None:
    """Two panels, folded at first: a race, to begin with of those `chosen`, and the articles as published."""
    if widget_value(_FOLD):  # what has been started is to be seen, not the panel that started it
        set_widget(_FOLD, False)
        set_widget(PANEL_KEY, False)
        set_widget(_REPRODUCE, False)
    left, right = st.columns(_widths())
    with left, remembered_expander(text("compare_race.open"), PANEL_KEY, icon=":material/sports_score:") as panel:
        if panel.open:
            st.fragment(partial(_render_race, contenders, chosen))()
    with right, remembered_expander(text("reproduce.open"), _REPRODUCE, icon=":material/article:") as panel:
        if panel.open:
            st.fragment(partial(render_reproduction, fold))()


def unfold_race() -> None:
    """Callback that opens the race panel at the next rerun."""
    set_widget(PANEL_KEY, True)


def fold() -> None:
    """Closes both panels at the next rerun."""
    set_widget(_FOLD, True)


def _widths() -> tuple[int, int]:
    """What is unfolded gets the room."""
    left, right = is_unfolded(PANEL_KEY), is_unfolded(_REPRODUCE)
    return (1, 1) if left == right else (2, 1) if left else (1, 2)


def _render_race(contenders: Sequence[Contender], compared: Sequence[Contender]) -> None:
    entrants = list_entrants(contenders)
    offer_entrants(entrants, compared)
    chosen = st.multiselect(
        text("compare_race.entrants"),
        list(entrants),
        format_func=lambda key: entrants[key].label,
        max_selections=AT_MOST,
        key=remembered(ENTRANTS_KEY),
        persist_state="session",
        help=text("compare_race.entrants_help"),
    )
    dataset, seeds, shared = render_conditions()
    experiments = _fit([entrants[key].experiment for key in chosen], dataset, shared)
    if experiments is None:
        return
    if len(experiments) < 2:
        st.caption(text("compare_race.too_few"))
        return
    starts = plan_race(experiments, seeds, get_store().list_runs().runs)
    to_do = [start for start in starts if start.done is None]
    st.markdown(_describe(starts, to_do))
    render_dataset_offer(dataset, DATASET_KEY)
    _render_start(starts, to_do, is_available(dataset))


def _fit(experiments: Sequence[Experiment], dataset: DatasetName, shared: dict[str, Any]) -> list[Experiment] | None:
    """The fitted experiments, or None after an error message that names the untrainable ones."""
    fitted, refused = [], False
    for experiment in experiments:
        try:
            fitted.append(fit_experiment(experiment, dataset, **shared))
        except SpecError as error:
            st.error(explain(error), icon=":material/build:")
            refused = True
    return None if refused else fitted


def _describe(starts: Sequence[Start], to_do: Sequence[Start]) -> str:
    """Number of runs, how many exist already, and the time for the rest."""
    done = len(starts) - len(to_do)
    sentences = [text("compare_race.count", runs=len(starts))]
    if done:
        sentences.append(text("compare_race.done_one") if done == 1 else text("compare_race.done", count=done))
    sentences.append(describe_time([start.experiment for start in to_do]))
    return join_sentences(sentences)


def _render_start(starts: Sequence[Start], to_do: Sequence[Start], available: bool) -> None:
    label = text("compare_race.start", count=len(to_do)) if to_do else text("compare_race.show")
    clicked = st.button(
        label,
        type="primary",
        icon=":material/flag:",
        key="race.start",
        disabled=bool(to_do) and not available,
        help=text("compare_race.start_help"),
    )
    if clicked:
        submit_or_explain(starts)
        fold()
        st.rerun()
