"""Language selector, and the `lang` attribute of the page."""

from __future__ import annotations

import streamlit as st

from ui.components import read_asset
from ui.session.state import set_widget, widget_value
from ui.text import text
from ui.text.language import LANGUAGES, choose_language, current_language

_KEY = "language"
# By the page's language a browser picks the shapes of Chinese characters, breaks lines and reads aloud.
_page_language = st.components.v2.component(
    "cnn_lab_language",
    css=read_asset("shared/language.css"),
    js="export default ({ data }) => { document.documentElement.lang = data; }\n",
    isolate_styles=False,  # they are for the tables of all pages
)


def render_language_choice() -> None:
    """At the end of the sidebar. Whatever else was chosen, drawn or begun stays as it is."""
    if widget_value(_KEY) != current_language():  # set by the link or the browser
        set_widget(_KEY, current_language())
    with st.sidebar:
        st.selectbox(
            text("nav.language"),
            list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,  # each in its own words
            key=_KEY,
            on_change=_choose,
            icon=":material/translate:",
            label_visibility="collapsed",
            filter_mode=None,
        )
        _page_language(key="page-language", data=current_language())


def _choose() -> None:
    choose_language(widget_value(_KEY))
