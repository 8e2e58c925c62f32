"""Glossary tab: terms with definition, example, and links."""

from __future__ import annotations

import streamlit as st

from cnn_core.learning.glossary import TERMS, Term, find_term
from cnn_core.learning.lessons import list_lessons
from ui.learn.glossary_example import render_example
from ui.learn.lesson_links import open_lesson
from ui.session.state import set_widget, widget_value
from ui.shared.navigation import link_to
from ui.text import text, translate_core

_CHOSEN, _SEARCH, _PARAMETER = "glossary.chosen", "glossary.search", "term"
_HEIGHT = 300  # pixels: on a phone the meaning stands below the list


def render_glossary() -> None:
    words, meaning = st.columns((2, 6), gap="medium")
    with words:
        shown = _render_list(_chosen_term())
    with meaning:
        if shown is None:
            st.info(text("glossary_view.nothing", searched=widget_value(_SEARCH, "")), icon=":material/search_off:")
            st.button(
                text("glossary_view.clear"), icon=":material/close:", key="glossary.clear", on_click=_clear_search
            )
        else:
            _render_term(shown)


def _chosen_term() -> Term:
    """What the address names when it changes, else what was read last."""
    asked = st.query_params.get(_PARAMETER, "")
    if asked != widget_value("glossary.asked", ""):
        set_widget("glossary.asked", asked)
        if find_term(asked):
            set_widget(_CHOSEN, asked)
    return find_term(widget_value(_CHOSEN, "")) or TERMS[0]


def _render_list(chosen: Term) -> Term | None:
    """The words that contain what is searched for, also in their meaning, in alphabetical order; the one to show."""
    searched = st.text_input(
        text("glossary_view.search"),
        key=_SEARCH,
        placeholder=text("glossary_view.placeholder"),
        icon=":material/search:",
    )
    found = [term for term in TERMS if _matches(term, searched or "")]
    if not found:
        return None
    with st.container(height=_HEIGHT if len(found) > 8 else "content", border=False, gap="xxsmall"):
        for term in sorted(found, key=lambda term: name_of(term).lower()):
            st.button(
                name_of(term),
                key=f"glossary.term.{term.id}",
                type="primary" if term == chosen else "tertiary",
                on_click=_choose,
                args=(term.id,),
            )
    return chosen if chosen in found or not searched else found[0]


def _clear_search() -> None:
    set_widget(_SEARCH, "")


def _choose(term_id: str) -> None:
    set_widget(_CHOSEN, term_id)


def _open_lesson(lesson_id: str) -> None:
    from ui.learn.tabs import open_tab

    open_lesson(lesson_id)
    open_tab("lessons")


def _matches(term: Term, searched: str) -> bool:
    wanted = searched.strip().casefold()
    return wanted in name_of(term).casefold() or wanted in text(f"glossary.{term.id}").casefold()


def name_of(term: Term) -> str:
    return text(f"glossary_terms.{term.id}")


def _render_term(term: Term) -> None:
    st.subheader(name_of(term))
    st.markdown(text(f"glossary.{term.id}"))
    render_example(term)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text("glossary_view.where"), width="content")
        link_to(term.page)
        lesson = next((one for one in list_lessons().lessons if one.id == term.lesson), None)
        if lesson:
            label = text("glossary_view.lesson", title=translate_core(lesson.title))
            st.button(label, icon=":material/science:", key="glossary.lesson", on_click=_open_lesson, args=(lesson.id,))
    related = [found for name in term.see if (found := find_term(name))]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text("glossary_view.see"), width="content")
        for other in related:
            st.button(
                name_of(other), key=f"glossary.see.{other.id}", type="tertiary", on_click=_choose, args=(other.id,)
            )
