"""Undo bar of the last deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.labels import read_labels
from ui.runs.deletion import attempt, get_trash
from ui.runs.sizes import format_size
from ui.session.state import session
from ui.text import text
from ui.text.plain import plain


def render_undo() -> None:
    """What this visitor deleted last, and which of their runs others deleted."""
    trash, owner = get_trash(), session().owner
    deleted, taken = trash.deleted(owner), trash.deleted_by_others(owner)
    if not deleted and not taken:
        return
    with st.bottom:
        if taken:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_describe("deleted_by_others", taken), width="content")
                _render_button("undo_others", "undo", trash.restore_from_others)
        if deleted:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(_describe("deleted", deleted), width="content")
                _render_button("undo", "undo", trash.restore)
                if size := trash.removable_size(owner):
                    _render_button("empty", "delete_forever", trash.empty, tertiary=True, size=format_size(size))


def _render_button(name: str, icon: str, order: Callable[[str], Any], tertiary: bool = False, **values: str) -> None:
    st.button(
        text(f"runs.{name}", **values),
        icon=f":material/{icon}:",
        type="tertiary" if tertiary else "secondary",
        key=f"runs.{name}",
        help=text("runs.empty_help") if name == "empty" else None,
        on_click=attempt,
        args=(order, session().owner),
    )


def _describe(key: str, deleted: list[RunFolder]) -> str:
    if len(deleted) == 1:
        return text(f"runs.{key}", name=plain(_name(deleted[0])))
    return text(f"runs.{key}_several", count=len(deleted))


def _name(folder: RunFolder) -> str:
    try:
        return read_labels(folder.path).name or folder.experiment.name
    except CnnLabError:
        return folder.id
