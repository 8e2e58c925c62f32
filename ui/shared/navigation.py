"""Where the pages are, and how to get from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import Page

from ui.text import text

_PAGES_DIR = Path(__file__).parents[2] / "pages"

ICONS = {
    "home": "home",
    "learn": "school",
    "design": "account_tree",
    "train": "model_training",
    "draw": "draw",
    "layers": "layers",
    "compare": "compare_arrows",
    "runs": "list",
}


def build_page(name: str) -> Page:
    return st.Page(
        _PAGES_DIR / f"{name}.py",
        title=text(f"nav.{name}"),
        icon=f":material/{ICONS[name]}:",
        default=name == "home",
        help=text(f"nav.{name}_help"),
    )


def link_to(name: str, label: str = "") -> None:
    """A link to a page, with its own title unless `label` says otherwise."""
    st.page_link(str(_PAGES_DIR / f"{name}.py"), label=label or text(f"nav.{name}"), icon=f":material/{ICONS[name]}:")


def go_to(name: str) -> NoReturn:
    st.switch_page(str(_PAGES_DIR / f"{name}.py"))
