"""Which language a reader sees: the one they chose, else that of the link, else their browser's."""

from __future__ import annotations

from contextvars import ContextVar
from types import MappingProxyType

import streamlit as st

from ui.session.state import session, tell_widgets_again
from ui.streamlit_patches.script_context import has_session

ENGLISH = "en"
LANGUAGES = MappingProxyType({ENGLISH: "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"})
PARAMETER = "lang"  # in the address
_TRADITIONAL = ("hant", "tw", "hk", "mo")
_elsewhere: ContextVar[str] = ContextVar("language", default=ENGLISH)  # where there is no session: our own routes


def match_language(locale: str | None) -> str:
    """A browser's locale → the nearest language there is: zh-TW → zh-Hant, zh → zh-Hans, de-AT → en."""
    parts = (locale or "").lower().replace("_", "-").split("-")
    if parts[0] != "zh":
        return ENGLISH
    if "hans" in parts:
        return "zh-Hans"
    return "zh-Hant" if any(part in _TRADITIONAL for part in parts[1:]) else "zh-Hans"


def current_language() -> str:
    """Language of this session, or the one set by `use_language` outside of a session."""
    if not has_session():
        return _elsewhere.get()
    return session().language or ENGLISH


def use_language(language: str | None) -> None:
    """For this thread or task, where there is no session. An unknown one is English."""
    _elsewhere.set(language if language and language in LANGUAGES else ENGLISH)


def settle_language() -> None:
    """At the start of each full run: reads the link, or writes the choice into it, so that a copied link keeps it."""
    asked = st.query_params.get(PARAMETER)
    if asked and asked in LANGUAGES and not session().language_chosen:
        session().language, session().language_chosen = asked, True
    elif not session().language:
        session().language = match_language(st.context.locale)
    if session().language_chosen and asked != session().language:
        st.query_params[PARAMETER] = session().language


def choose_language(language: str) -> None:
    """From a callback. Nothing that was chosen before is lost."""
    tell_widgets_again()
    session().language, session().language_chosen = language, True
