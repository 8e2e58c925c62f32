"""Which runs are listed, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.runs.store import RunRecord
from ui.session.state import remembered, set_widget, widget_value
from ui.text import text, translate_core

STATES = {
    "any": (),
    "completed": ("completed",),
    "stopped": ("stopped",),
    "broken": ("failed", "interrupted"),
}
ORDERS = ("newest", "accuracy", "duration", "size")
_WORTH_FILTERING = 5
_ANY = "any"
_KEYS = {"words": "", "state": _ANY, "dataset": _ANY, "starred": False, "order": "newest"}


@dataclass(frozen=True)
class Filter:
    """`words` must all occur in a run's name, tags or note; `state` is a key of STATES, `order` one of ORDERS."""

    words: str = ""
    state: str = _ANY
    dataset: str = _ANY
    starred: bool = False
    order: str = "newest"

    def admits(self, run: RunRecord) -> bool:
        written = " ".join((run.name, *run.labels.tags, run.labels.note)).casefold()
        return (
            all(part in written for part in self.words.casefold().split())
            and (self.state == _ANY or run.state in STATES[self.state])
            and self.dataset in (_ANY, run.experiment.dataset)
            and (run.labels.star or not self.starred)
        )


def select_runs(runs: Sequence[RunRecord], chosen: Filter, size_of: Callable[[RunRecord], int]) -> list[RunRecord]:
    """In the order asked for, the best, longest or largest first; those without the figure come last."""
    admitted = [run for run in runs if chosen.admits(run)]
    figures: dict[str, Callable[[RunRecord], float | None]] = {
        "accuracy": lambda run: run.history.test_accuracy,
        "duration": lambda run: run.history.seconds,
        "size": size_of,
    }
    if chosen.order not in figures:
        return admitted
    measured = [(figures[chosen.order](run), run) for run in admitted]
    return [run for _, run in sorted(measured, key=lambda pair: (pair[0] is None, -(pair[0] or 0.0)))]


def render_filter(runs: Sequence[RunRecord]) -> Filter:
    """One row of controls; nothing where there are too few runs to search in and none is hidden."""
    before = Filter(**{name: widget_value(f"runs.{name}", start) for name, start in _KEYS.items()})
    if len(runs) <= _WORTH_FILTERING and before == Filter():
        return before
    datasets = [_ANY, *sorted({run.experiment.dataset for run in runs} | {before.dataset} - {_ANY})]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        sought = st.text_input(
            text("runs.words"),
            type="search",
            live=True,
            placeholder=text("runs.words_hint"),
            key=remembered("runs.words"),
            persist_state="session",
            label_visibility="collapsed",
            width=260,
        )
        state = _choice("state", list(STATES), 180)
        dataset = _choice("dataset", datasets, 180) if len(datasets) > 2 else _ANY
        order = _choice("order", list(ORDERS), 200)
        starred = st.toggle(text("runs.starred"), key=remembered("runs.starred"), persist_state="session")
    return Filter(sought or "", state, dataset, starred, order)


def clear_filter() -> None:
    """A callback: everything is listed again, newest first."""
    for name, start in _KEYS.items():
        set_widget(f"runs.{name}", start)


def _choice(name: str, options: list[str], width: int) -> str:
    chosen: str = st.selectbox(
        text(f"runs.{name}"),
        options,
        format_func=lambda option: _label(name, option),
        key=remembered(f"runs.{name}"),
        persist_state="session",
        label_visibility="collapsed",
        width=width,
    )
    return chosen


def _label(name: str, option: str) -> str:
    if name == "dataset" and option != _ANY:
        return translate_core(DATASETS[option].title)
    return text(f"runs.{name}_{option}")
