"""One lesson: question, guess, experiments, and outcome."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS, OFFLINE_DATASET, DatasetName, choose_dataset
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError, RunError
from cnn_core.learning.glossary import find_term
from cnn_core.learning.lesson_file import Lesson
from cnn_core.learning.lessons import Step, offered, plan_lesson
from ui.learn.lesson_links import is_hidden, open_term
from ui.learn.lesson_look import render_look
from ui.learn.lesson_outcome import render_outcome
from ui.learn.lesson_ways import render_ways
from ui.server.resources import get_executor, get_store
from ui.session.state import remembered, session, set_widget, start_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.shared.estimates import describe_time
from ui.text import enumerate_words, explain, join_sentences, text, translate_core

_DATASET = "lessons.dataset"
_LOOK = "look"  # what a lesson without training is asked on


def render_lesson(lesson: Lesson) -> None:
    st.subheader(translate_core(lesson.title))
    st.markdown(translate_core(lesson.question))
    _render_terms(lesson)
    dataset: DatasetName = OFFLINE_DATASET if lesson.look else _choose_dataset(lesson)
    where = _LOOK if lesson.look else dataset
    guess = None if is_hidden("guess") else _render_guess(lesson, asked=_is_asked(lesson, where))
    may_run = guess is not None or is_hidden("guess")
    if lesson.look:
        if _is_asked(lesson, where):
            render_look(lesson, guess)
        else:
            _render_button(lesson, text("lessons.look"), where, may_run)
        return
    _render_runs(lesson, dataset, guess, may_run)


def was_asked(lesson: Lesson) -> bool:
    """Whether this reader has seen what comes out of it."""
    return any(_is_asked(lesson, where) for where in (_LOOK, *DATASETS))


def _is_asked(lesson: Lesson, where: str) -> bool:
    return bool(widget_value(f"lessons.asked.{lesson.id}.{where}"))


def _choose_dataset(lesson: Lesson) -> DatasetName:
    options = offered(lesson)
    if is_hidden("data") or len(options) == 1:
        return options[0]
    start_widget(_DATASET, choose_dataset())
    if widget_value(_DATASET) not in options:
        set_widget(_DATASET, options[0])
    chosen = st.segmented_control(
        text("lessons.dataset"),
        options,
        format_func=lambda name: text(f"lessons.dataset_{name}"),
        key=remembered(_DATASET),
        help=text("lessons.dataset_help"),
        required=True,
        persist_state="session",
    )
    return chosen or options[0]


def _render_guess(lesson: Lesson, asked: bool) -> int | None:
    """Once it has been seen what comes out, there is nothing left to guess."""
    return st.radio(
        text("lessons.guess"),
        range(len(lesson.answers)),
        format_func=lambda index: translate_core(lesson.answers[index].says),
        index=None,
        key=remembered(f"lessons.guess.{lesson.id}"),
        disabled=asked,
        persist_state="session",
    )


def _render_button(lesson: Lesson, label: str, where: str, may_run: bool, steps: Sequence[Step] = ()) -> None:
    clicked = st.button(
        label,
        type="primary",
        icon=":material/science:",
        key="lessons.run",
        disabled=not may_run,
        help=None if may_run else text("lessons.guess_first"),
    )
    if clicked:
        try:
            _start(lesson, where, steps)
        except CnnLabError as error:
            st.error(explain(error), icon=":material/error:")
            return
        st.rerun()


def _start(lesson: Lesson, where: str, steps: Sequence[Step]) -> None:
    """Puts the runs in line that are not there yet. Raises `RunError`."""
    started = {
        step.id: get_executor().submit(step.experiment, owner=session().owner).id for step in steps if step.run is None
    }
    set_widget(f"lessons.started.{lesson.id}.{where}", started)
    set_widget(f"lessons.asked.{lesson.id}.{where}", True)


def _render_runs(lesson: Lesson, dataset: DatasetName, guess: int | None, may_run: bool) -> None:
    try:
        steps = plan_lesson(lesson, dataset, get_store().list_runs().runs)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    asked = _is_asked(lesson, dataset)
    missing = [step for step in steps if step.run is None]
    if missing or not asked:
        if not is_available(dataset):
            render_dataset_offer(dataset, "" if is_hidden("data") else _DATASET)
            return
        _render_failures(lesson, dataset, missing)
        label = text("lessons.run", count=len(missing)) if missing else text("lessons.show")
        _render_button(lesson, label, dataset, may_run, steps)
        _render_plan(steps, missing)
    if asked:
        live = any(step.run and step.run.is_active for step in steps)
        render_outcome(lesson, dataset, guess, live)
    render_ways(steps, has_run=asked and not missing)


def _render_terms(lesson: Lesson) -> None:
    """Its words, each a way into the glossary."""
    terms = [term for name in lesson.terms if (term := find_term(name))]
    if terms and not is_hidden("others"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(text("lessons.terms"), width="content")
            for term in terms:
                st.button(
                    text(f"glossary_terms.{term.id}"),
                    key=f"lessons.term.{term.id}",
                    type="tertiary",
                    on_click=open_term,
                    args=(term.id,),
                )


def _render_plan(steps: Sequence[Step], missing: Sequence[Step]) -> None:
    """What will be trained, how long that takes, and what is there already."""
    names = enumerate_words(translate_core(step.name) for step in steps)
    sentences = [text("lessons.plan", names=names)]
    if len(missing) < len(steps):
        sentences.append(text("lessons.there", count=len(steps) - len(missing)))
    sentences.append(describe_time([step.experiment for step in missing]))
    st.caption(join_sentences(sentences))


def _render_failures(lesson: Lesson, dataset: DatasetName, missing: Sequence[Step]) -> None:
    """Why runs that were started here are not there."""
    started = widget_value(f"lessons.started.{lesson.id}.{dataset}", {})
    for step in missing:
        if step.id in started:
            try:
                reason = get_store().find(started[step.id]).reason
            except RunError as error:
                reason = explain(error)
            st.warning(
                text("lessons.failed", name=translate_core(step.name), reason=explain(reason)), icon=":material/error:"
            )
