"""Test predictions of contenders: as recorded, or computed on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from functools import partial

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.predictions import Predictions
from cnn_core.palette import Style, style_of
from cnn_core.runs.store import RunRecord
from ui.compare.labels import name_contenders
from ui.compare.repeats import answering_run
from ui.results.source import KEPT, Answers, ask
from ui.server.waiting import is_ready
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.shared.model_picker import sign_of
from ui.shared.watches import rerun_on_change
from ui.text import explain, text
from ui.text.plain import plain

_POLL_S = 0.5
_PATIENCE_S = 2.0  # reading a file takes a tenth of it


@dataclass(frozen=True)
class Answered:
    """A contender with the predictions of one of its repeats."""

    contender: Contender
    run: RunRecord
    name: str
    predictions: Predictions

    @property
    def style(self) -> Style:
        return style_of(self.contender.style)

    @property
    def head(self) -> str:
        """The name with its colored sign, as Markdown."""
        return f"{sign_of(self.run)} {plain(self.name)}"


def render_with_answers(contenders: Sequence[Contender], body: Callable[[list[Answered]], None], key: str) -> None:
    """`body` gets those with predictions; the others get a message with what is missing and the remedy."""
    _render(contenders, body, key)


@st.fragment
def _render(contenders: Sequence[Contender], body: Callable[[list[Answered]], None], key: str) -> None:
    waiting = _list_waiting(contenders)
    count = partial(_count_done, waiting)
    rerun_on_change(f"answers.{key}", (is_ready(), 0), count if waiting else None, _POLL_S)
    names = name_contenders(contenders)
    answered = []
    for one, name in zip(contenders, names, strict=True):
        predictions = _take(one, name, key)
        if predictions is not None:
            answered.append(Answered(one, answering_run(one), name, predictions))
    body(answered)


def _take(contender: Contender, name: str, key: str) -> Predictions | None:
    """Its answers, or None after saying what is missing."""
    run = answering_run(contender)
    head = f"{sign_of(run)} {plain(name)}"
    if not _is_asked(run):
        _render_missing(run, head, key)
        return None
    future = ask(run, KEPT)
    try:
        return future.result(timeout=_PATIENCE_S if run.folder.predictions_path.exists() else 0.0).predictions
    except FutureTimeout:
        st.caption(text("compare_answers.asking" if is_ready() else "compare_answers.loading", name=head))
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
    return None


def _render_missing(run: RunRecord, head: str, key: str) -> None:
    if run.is_active:
        st.caption(text("compare_answers.learning", name=head))
    elif not run.has_model:
        st.caption(text("compare_answers.nothing", name=head))
    elif not is_available(run.experiment.dataset):
        st.caption(text("compare_answers.no_images", name=head))
        render_dataset_offer(run.experiment.dataset, "")
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(text("compare_answers.unasked", name=head), width="content")
            st.button(
                text("compare_answers.ask"),
                icon=":material/quiz:",
                key=f"compare.ask.{key}.{run.id}",
                on_click=set_widget,
                args=(_asked_key(run), True),
            )


def _list_waiting(contenders: Sequence[Contender]) -> list[Future[Answers]]:
    futures = [ask(run, KEPT) for run in map(answering_run, contenders) if _is_asked(run)]
    return [future for future in futures if not future.done()]


def _count_done(futures: Sequence[Future[Answers]]) -> tuple[bool, int]:
    return is_ready(), sum(future.done() for future in futures)


def _is_asked(run: RunRecord) -> bool:
    if run.is_active:
        return False
    return run.folder.predictions_path.exists() or bool(run.has_model and widget_value(_asked_key(run)))


def _asked_key(run: RunRecord) -> str:
    return f"compare.asked.{run.id}"
