"""Lessons tab: all lessons, or the open one."""

from __future__ import annotations

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.learning.lesson_file import Lesson
from cnn_core.learning.lessons import Lessons, list_lessons
from ui.learn.lesson_card import render_lesson, was_asked
from ui.learn.lesson_links import chosen_lesson, is_hidden, open_lesson, render_sharing
from ui.text import explain, text, translate_core

_WIDTH = 250  # pixels, of a card at least


def render_lessons() -> None:
    known = list_lessons()
    chosen = chosen_lesson()
    if not chosen:
        _render_list(known)
        return
    try:
        lesson = known.find(chosen)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        open_lesson("")
        _render_list(known)
        return
    _render_head(known, lesson)
    render_lesson(lesson)


def _render_head(known: Lessons, lesson: Lesson) -> None:
    """The way back, the neighbors, and the link for a class."""
    with st.container(horizontal=True, vertical_alignment="center"):
        if not is_hidden("others"):
            st.button(text("lessons.all"), icon=":material/apps:", key="lessons.all", on_click=open_lesson, args=("",))
            ids = [one.id for one in known.lessons]
            place = ids.index(lesson.id)
            _render_step("back", ids[place - 1] if place else "")
            _render_step("next", ids[place + 1] if place + 1 < len(ids) else "")
        render_sharing(lesson.id)


def _render_step(name: str, lesson_id: str) -> None:
    st.button(
        text(f"lessons.{name}"),
        icon=f":material/arrow_{'forward' if name == 'next' else 'back'}:",
        key=f"lessons.{name}",
        on_click=open_lesson,
        args=(lesson_id,),
        disabled=not lesson_id,
    )


def _render_list(known: Lessons) -> None:
    st.caption(text("lessons.intro"))
    for problem in known.problems:
        st.warning(explain(problem), icon=":material/description:")
    with st.grid(3, min_column_width=_WIDTH, gap="small") as grid:
        for number, lesson in enumerate(known.lessons, start=1):
            with grid.cell(), st.container(border=True, height="stretch"):
                _render_entry(number, lesson)


def _render_entry(number: int, lesson: Lesson) -> None:
    st.markdown(f"**{number} · {translate_core(lesson.title)}**")
    st.caption(translate_core(lesson.question))
    done = was_asked(lesson)
    st.button(
        text("lessons.look_again") if done else text("lessons.open"),
        icon=":material/task_alt:" if done else ":material/play_arrow:",
        key=f"lessons.open.{lesson.id}",
        on_click=open_lesson,
        args=(lesson.id,),
    )
