"""Learn page: articles, lessons and glossary; only the open tab is computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from ui.learn.reading import clear_address, follow_address
from ui.learn.tabs import _TAB, open_tab
from ui.session.state import session, widget_value
from ui.text import text


def _render_articles() -> None:
    from ui.learn.articles import render_articles

    render_articles()


def _render_lessons() -> None:
    from ui.learn.lessons import render_lessons

    render_lessons()


def _render_glossary() -> None:
    from ui.learn.glossary import render_glossary

    render_glossary()


_RENDER: dict[str, Callable[[], None]] = {
    "articles": _render_articles,
    "lessons": _render_lessons,
    "glossary": _render_glossary,
}
# A link to a lesson or a word opens its tab; what is written behind the name is that tab's affair.
_NAMED_IN_ADDRESS = {"lesson": "lessons", "term": "glossary"}


def render_learn() -> None:
    labels = {text(f"learn.tab_{name}"): name for name in _RENDER}
    if follow_address():
        open_tab("articles")
    elif widget_value(_TAB) not in labels:  # the first time, back from another page, or in another language
        named = next((tab for name, tab in _NAMED_IN_ADDRESS.items() if name in st.query_params), None)
        open_tab(named or session().reading.tab)
    tabs = st.tabs(list(labels), key=_TAB, on_change="rerun")
    session().reading.tab = labels[widget_value(_TAB)]
    for tab, name in zip(tabs, _RENDER, strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                _forget_others(name)
                _RENDER[name]()


def _forget_others(tab: str) -> None:
    """Removes parameters of other tabs, which a reload would open again."""
    if tab != "articles":
        clear_address()
    for name, owner in {**_NAMED_IN_ADDRESS, "hide": "lessons"}.items():
        if owner != tab and name in st.query_params:
            del st.query_params[name]
