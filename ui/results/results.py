"""Results of a run: metrics, confusion, and mistakes."""

from __future__ import annotations

import streamlit as st

from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.published_comparison import PublishedComparison, compare_run_with_published
from cnn_core.evaluation.reproduction import find_measured
from cnn_core.runs.store import RunRecord
from ui.results.fine_tuning import render_before_after
from ui.results.judgement import name_choice, render_judgement
from ui.results.source import KEPT, ask, list_choices
from ui.results.summary import render_download, render_outcome, render_published, render_variant
from ui.server.resources import get_store
from ui.server.waiting import is_ready, render_wait
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.shared.watches import rerun_on_change
from ui.text import explain, text

_POLL_S = 0.5
_WAIT_HEIGHT = 420  # pixels that the matrix will take


def render_results(run: RunRecord) -> None:
    """All results of a run; those of a running one on request."""
    if run.is_active:
        _render_preview(run)
        return
    comparison = compare_run_with_published(run)
    if comparison and comparison.has_something:
        figures, published = st.columns([2, 3], gap="large")
        with figures:
            render_outcome(run)
        with published:
            _render_published(comparison)
    else:
        render_outcome(run)
    render_before_after(run)
    _render_epochs(run, list_choices(run))
    render_download(run)


def _render_published(comparison: PublishedComparison) -> None:
    if comparison.unchanged:
        render_published(comparison)
        return
    recipes_own = find_measured(comparison.recipe, get_store().list_runs().runs)
    render_variant(comparison, compare_run_with_published(recipes_own) if recipes_own else None)


def _render_preview(run: RunRecord) -> None:
    """Of a run under way: what it was after an epoch, for asking takes computing time from the training."""
    st.info(text("results.still_learning"), icon=":material/hourglass_top:")
    epochs, key = list_choices(run), f"results.{run.id}.preview"
    if not epochs:
        return
    newest = name_choice(run, epochs[-1])
    st.button(
        text("results.preview", weights=newest),
        icon=":material/visibility:",
        on_click=set_widget,
        args=(key, epochs[-1]),
        disabled=widget_value(key) == epochs[-1],
        key=f"{key}.button",
        help=text("results.preview_help"),
    )
    until = [epoch for epoch in epochs if epoch <= widget_value(key, -1)]
    if until:
        _render_epochs(run, until)


def _render_epochs(run: RunRecord, choices: list[int]) -> None:
    if not choices:
        st.info(text("results.no_network_bundled" if run.bundled else "results.no_network"), icon=":material/info:")
        return
    if not is_available(run.experiment.dataset):
        render_dataset_offer(run.experiment.dataset, "")
        if KEPT not in choices or not run.folder.predictions_path.exists():
            st.caption(text("results.needs_images"))
            return
        choices = [KEPT]  # its answers are written down; those of other epochs need the images
    _render_answers(run, choices)


@st.fragment
def _render_answers(run: RunRecord, choices: list[int]) -> None:
    future = ask(run, widget_value(_slider_key(run, choices), choices[-1]))
    is_done = future.done()
    rerun_on_change("answers", (is_ready(), is_done), None if is_done else lambda: (is_ready(), future.done()), _POLL_S)
    choice = _render_slider(run, choices)
    if not is_done:
        if is_ready():
            st.caption(text("results.asking"))
            st.skeleton(height=_WAIT_HEIGHT)
        else:
            render_wait(_WAIT_HEIGHT)
        return
    try:
        answers = future.result()
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    render_judgement(run, choice, answers)
    _ask_for_neighbours(run, choices, choice)


def _ask_for_neighbours(run: RunRecord, choices: list[int], choice: int) -> None:
    """Computes the next position of the slider in advance."""
    place = choices.index(choice)
    if place < len(choices) - 1:
        for neighbour in choices[max(0, place - 1) : place + 2]:
            ask(run, neighbour)


def _slider_key(run: RunRecord, choices: list[int]) -> str:
    return f"results.{run.id}.epoch.{choices[-1]}"  # a new last one is what is shown first


def _render_slider(run: RunRecord, choices: list[int]) -> int:
    if len(choices) == 1:
        return choices[0]
    start_widget(_slider_key(run, choices), choices[-1])
    return int(
        st.select_slider(
            text("results.epoch"),
            choices,
            key=remembered(_slider_key(run, choices)),
            format_func=lambda choice: name_choice(run, choice),
            help=text("results.epoch_help"),
            persist_state="session",
        )
    )
