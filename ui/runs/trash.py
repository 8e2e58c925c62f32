"""Undo bar of the last deletion."""

from __future__ import annotations

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.labels import read_labels
from cnn_core.runs.trash import Trash
from ui.runs.actions import attempt
from ui.runs.sizes import format_size
from ui.server.resources import get_store
from ui.session.state import session
from ui.text import text
from ui.text.plain import plain


def render_undo() -> None:
    """What this browser session deleted last; what others did can only be removed for good."""
    trash = get_trash()
    deleted = trash.deleted(session().owner)
    if not deleted:
        if size := trash.size():
            _render_empty(size)
        return
    message = text("runs.deleted", name=plain(_name(deleted[0]))) if len(deleted) == 1 else _several(deleted)
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(message, width="content")
        st.button(
            text("runs.undo"),
            icon=":material/undo:",
            key="runs.undo",
            on_click=attempt,
            args=(trash.restore, session().owner),
        )
        _render_empty(trash.size())


def _render_empty(size: int) -> None:
    st.button(
        text("runs.empty", size=format_size(size)),
        icon=":material/delete_forever:",
        type="tertiary",
        key="runs.empty",
        help=text("runs.empty_help"),
        on_click=get_trash().empty,
    )


def get_trash() -> Trash:
    return Trash(get_store().runs_dir)


def _several(deleted: list[RunFolder]) -> str:
    return text("runs.deleted_several", count=len(deleted))


def _name(folder: RunFolder) -> str:
    try:
        return read_labels(folder.path).name or folder.experiment.name
    except CnnLabError:
        return folder.id
