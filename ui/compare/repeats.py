"""The repeat that represents a contender where one network is shown."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.runs.store import RunRecord
from ui.session.state import remembered, set_widget, widget_value
from ui.shared.model_picker import format_accuracy
from ui.text import text
from ui.text.plain import plain


def list_repeats(contender: Contender) -> list[RunRecord]:
    """The repeats that can answer, finished ones first."""
    able = [run for run in contender.runs if not run.is_active and _can_answer(run)]
    return sorted(able, key=lambda run: run not in contender.finished)


def answering_run(contender: Contender) -> RunRecord:
    """The repeat that was chosen, else the first that can answer, else simply the first."""
    able = list_repeats(contender)
    wanted = widget_value(repeat_key(contender))
    return next((run for run in able if run.id == wanted), able[0] if able else contender.first)


def repeat_key(contender: Contender) -> str:
    return f"compare.repeat.{contender.id}"


def render_repeats(contenders: Sequence[Contender], names: dict[str, str]) -> None:
    """A choice for each contender that has several repeats which can answer."""
    for one in contenders:
        runs = {run.id: run for run in list_repeats(one)}
        if len(runs) < 2:
            continue
        key = repeat_key(one)
        if widget_value(key) not in runs:
            set_widget(key, next(iter(runs)))
        st.selectbox(
            text("compare_answers.repeat", name=plain(names[one.id])),
            list(runs),
            key=remembered(key),
            format_func={
                run.id: _describe_repeat(run, place) for place, run in enumerate(runs.values(), 1)
            }.__getitem__,
            persist_state="session",
        )


def _describe_repeat(run: RunRecord, place: int) -> str:
    accuracy = run.history.test_accuracy
    shown = format_accuracy(accuracy)
    return text("compare_answers.seed", place=place, seed=run.experiment.training.seed, accuracy=shown)


def _can_answer(run: RunRecord) -> bool:
    return run.has_model or run.folder.predictions_path.exists()
