"""Pages of the menu, and links between them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.errors import StreamlitAPIException, StreamlitValueError

from ui.session.state import forget_page_widgets, session
from ui.text import text

logger = logging.getLogger(__name__)

_PAGES_DIR = Path(__file__).parents[2] / "pages"


@dataclass(frozen=True)
class PageInfo:
    """A page of the menu: `name` is that of its file and its URL, `section` the key of its heading (`nav.SECTION`)."""

    name: str
    icon: str
    section: str


# All pages, in the order of the menu. Titles and help are `nav.NAME` and `nav.NAME_help`.
PAGES: dict[str, PageInfo] = {
    page.name: page
    for page in (
        PageInfo("home", "home", "start"),
        PageInfo("learn", "school", "start"),
        PageInfo("design", "account_tree", "build"),
        PageInfo("train", "model_training", "build"),
        PageInfo("draw", "draw", "understand"),
        PageInfo("layers", "layers", "understand"),
        PageInfo("compare", "compare_arrows", "compare_section"),
        PageInfo("runs", "list", "compare_section"),
    )
}


def build_menu() -> dict[str, list[st.Page]]:
    """The pages by the heading of their section, as `st.navigation` takes them."""
    menu: dict[str, list[st.Page]] = {}
    for page in PAGES.values():
        menu.setdefault(text(f"nav.{page.section}"), []).append(build_page(page.name))
    return menu


def build_page(name: str) -> st.Page:
    return st.Page(
        _PAGES_DIR / f"{name}.py",
        title=text(f"nav.{name}"),
        icon=f":material/{PAGES[name].icon}:",
        default=name == "home",
        help=text(f"nav.{name}_help"),
    )


def link_to(name: str, label: str = "") -> None:
    """Link to a page, with the page title as its default label."""
    st.page_link(
        str(_PAGES_DIR / f"{name}.py"), label=label or text(f"nav.{name}"), icon=f":material/{PAGES[name].icon}:"
    )


def go_to(name: str) -> NoReturn:
    st.switch_page(str(_PAGES_DIR / f"{name}.py"))


def run_page(page: st.Page) -> None:
    """Runs a page; if the kept value of a widget does not fit it any more, the page starts with its defaults."""
    try:
        page.run()
    except (StreamlitAPIException, StreamlitValueError) as error:
        if not session().page_keys & set(session().widgets):
            raise
        logger.warning("A page was reset to its defaults: %s", error)
        forget_page_widgets()
        st.rerun()
