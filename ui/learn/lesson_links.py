"""Lesson URLs: `?lesson=ID` opens a lesson, `&hide=guess,design` hides controls."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from ui.session.state import set_widget, widget_value
from ui.text import text

LESSON, HIDE = "lesson", "hide"
# What a teacher can leave out, in the order of the page.
HIDEABLE = ("others", "guess", "data", "curves", "why", "design", "train", "compare")
_CHOSEN, _HIDDEN, _WRITTEN = "lessons.chosen", "lessons.hidden", "lessons.written"


def chosen_lesson() -> str:
    """The id that is open, after following an address that someone else than this page wrote; empty for the list."""
    asked = st.query_params.get(LESSON, "")
    if asked and asked != widget_value(_WRITTEN):
        set_widget(_WRITTEN, asked)
        set_widget(_CHOSEN, asked)
        set_widget(_HIDDEN, read_hidden(st.query_params.get(HIDE, "")))
    chosen: str = widget_value(_CHOSEN, "")
    if chosen and asked != chosen:  # back from another page
        st.query_params[LESSON] = chosen
        set_widget(_WRITTEN, chosen)
    return chosen


def open_lesson(lesson_id: str) -> None:
    """Only from a callback, or before a rerun; empty for the list."""
    set_widget(_CHOSEN, lesson_id)
    set_widget(_WRITTEN, lesson_id)
    if lesson_id:
        st.query_params[LESSON] = lesson_id
    elif LESSON in st.query_params:
        del st.query_params[LESSON]


def open_term(term_id: str) -> None:
    """The glossary at this word; only from a callback."""
    from ui.learn.tabs import open_tab

    set_widget("glossary.chosen", term_id)
    open_tab("glossary")


def is_hidden(name: str) -> bool:
    return name in widget_value(_HIDDEN, ())


def read_hidden(written: str) -> tuple[str, ...]:
    """Names that there are; others are passed over, so that an old link still opens."""
    return tuple(name for name in HIDEABLE if name in [part.strip() for part in written.split(",")])


def write_link(base: str, lesson_id: str, hidden: Collection[str]) -> str:
    """The address that opens a lesson without these controls."""
    names = ",".join(name for name in HIDEABLE if name in hidden)
    return f"{base}?{LESSON}={lesson_id}" + (f"&{HIDE}={names}" if names else "")


def render_sharing(lesson_id: str) -> None:
    """For a teacher, a link to hand out; for who came by one, the way to see everything."""
    if widget_value(_HIDDEN):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(text("lessons.some_hidden"))
            st.button(text("lessons.show_all"), type="tertiary", key="lessons.show_all", on_click=_show_all)
        return
    with st.popover(text("lessons.share"), icon=":material/share:"):
        st.caption(text("lessons.share_help"))
        hidden = st.pills(
            text("lessons.hide"),
            HIDEABLE,
            format_func=lambda name: text(f"lessons.hide_{name}"),
            selection_mode="multi",
            key=f"lessons.hide.{lesson_id}",
        )
        base = (st.context.url or "").split("?")[0]
        st.code(write_link(base, lesson_id, hidden), language=None, wrap_lines=True)


def _show_all() -> None:
    set_widget(_HIDDEN, ())
    if HIDE in st.query_params:
        del st.query_params[HIDE]
