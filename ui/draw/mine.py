"""Draw, Mine: saved drawings with labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.runs.own_drawings import OwnDrawing, save_drawing
from cnn_core.runs.store import RunRecord
from ui.draw.fine_tune import render_fine_tune
from ui.draw.mine_answers import drawings_folder, saved_drawings
from ui.draw.mine_gallery import render_gallery, render_undo
from ui.draw.mine_scores import render_scores
from ui.session.state import remembered, session
from ui.text import explain, text


def render_mine(runs: Sequence[RunRecord]) -> None:
    _render_keep()
    drawings = saved_drawings()
    render_undo()
    if not drawings:
        st.caption(text("mine.empty"))
        return
    parts: dict[str, tuple[str, Callable[[Sequence[RunRecord], list[OwnDrawing]], None]]] = {
        "gallery": ("photo_library", render_gallery),
        "scores": ("leaderboard", lambda _, drawings: render_scores(drawings)),
        "tune": ("school", lambda runs, drawings: render_fine_tune(runs[0], drawings)),
    }
    part = st.segmented_control(
        text("mine.part"),
        list(parts),
        format_func=lambda name: f":material/{parts[name][0]}: {text(f'mine.part_{name}', count=len(drawings))}",
        default="gallery",
        required=True,
        key=remembered("draw.mine.part"),
        label_visibility="collapsed",
        persist_state="session",
    )
    parts[part or "gallery"][1](runs, drawings)


def _render_keep() -> None:
    """The drawing on the sheet, with its true digit."""
    drawing = session().sheet.drawing
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = st.selectbox(
            text("mine.label"),
            range(10),
            index=None,
            placeholder="?",
            key="draw.mine.label",
            width=120,
            help=text("mine.label_help"),
        )
        ready = drawing.pixels is not None and label is not None
        kept = st.button(text("mine.keep"), icon=":material/bookmark_add:", disabled=not ready)
    if drawing.pixels is None:
        st.caption(text("mine.draw_first"))
    elif kept and label is not None:
        try:
            save_drawing(drawings_folder(), drawing.pixels, label, drawing.strokes)
        except CnnLabError as error:
            st.error(explain(error), icon=":material/error:")
