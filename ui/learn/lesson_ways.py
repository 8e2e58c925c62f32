"""Links from lesson experiments to other pages."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.learning.lessons import Step
from ui.learn.lesson_links import is_hidden
from ui.session.state import session
from ui.shared.navigation import PAGES, go_to
from ui.text import text, translate_core

_SINGLE = ("design", "train")


def render_ways(steps: Sequence[Step], has_run: bool) -> None:
    """Nothing where all of it is hidden."""
    shown = [name for name in _SINGLE if not is_hidden(name)]
    compare = has_run and len(steps) > 1 and not is_hidden("compare")
    if not shown and not compare:
        return
    with st.expander(text("lessons.ways"), icon=":material/open_in_new:"):
        st.caption(text("lessons.ways_help"))
        for step in steps if shown else ():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(translate_core(step.name), width=180)
                for name in shown:
                    if _button(name, f"lessons.{name}.{step.id}"):
                        _open(step, name)
        if compare and _button("compare", "lessons.compare"):
            session().compared = [step.run.id for step in steps if step.run]
            go_to("compare")


def _button(name: str, key: str) -> bool:
    return st.button(text(f"lessons.to_{name}"), icon=f":material/{PAGES[name].icon}:", key=key)


def _open(step: Step, page: str) -> None:
    """The experiment becomes the design under work; on Train it is the one to start, with its run in sight."""
    draft = session().draft
    draft.change(step.experiment)
    draft.selected = ""
    if page == "train":
        from ui.train.setup import OWN_DESIGN, choose_recipe

        choose_recipe(OWN_DESIGN, step.experiment.dataset)
        if step.run:
            session().watched_run = step.run.id
    go_to(page)
