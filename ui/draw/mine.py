"""Draw, Mine: drawings kept with their true digit, as a gallery and as a test set of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from cnn_core.data.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.own_drawings import (
    FOLDER,
    OwnDrawing,
    delete_drawing,
    list_drawings,
    prepare_drawings,
    save_drawing,
)
from cnn_core.figures.thumbnails import encode_png
from cnn_core.runs import default_runs_dir
from cnn_core.runs.store import RunRecord
from ui.answer import probe_or_wait
from ui.bar import format_accuracy, sign_of
from ui.draw.canvas_tools import put_drawing
from ui.state import lab, set_widget, widget_value
from ui.text import text

_DELETED, _AT_ONCE = "draw.mine.deleted", 24


def render_mine(runs: Sequence[RunRecord]) -> None:
    _render_keep()
    drawings = list_drawings(_folder())
    if widget_value(_DELETED):
        st.button(text("mine.undo"), icon=":material/undo:", on_click=_undo)
    if not drawings:
        st.caption(text("mine.empty"))
        return
    answers = _score(runs, drawings)
    if answers is not None:
        _render_gallery(drawings, answers)


def _render_keep() -> None:
    """The drawing on the sheet, with its true digit."""
    drawing = lab().sheet.drawing
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
            save_drawing(_folder(), drawing.pixels, label, drawing.strokes)
        except CnnLabError as error:
            st.error(str(error), icon=":material/error:")


def _score(runs: Sequence[RunRecord], drawings: Sequence[OwnDrawing]) -> dict[str, np.ndarray] | None:
    """What each model that knows digits answers, by run; None while there is no TensorFlow yet."""
    answers: dict[str, np.ndarray] = {}
    lines = []
    for run in runs:
        if not DATASETS[run.experiment.dataset].holds_digits:
            lines.append(text("mine.no_digits", model=f"{sign_of(run)} {run.name}"))
            continue
        probe = probe_or_wait(run)
        if probe is None:
            return None
        inputs, labels = prepare_drawings(drawings, run.experiment)
        answers[run.id] = probe.predict(inputs).argmax(axis=1)
        right = int((answers[run.id] == labels).sum())
        share = format_accuracy(right / len(labels))
        lines.append(
            text("mine.score", model=f"{sign_of(run)} {run.name}", right=right, count=len(labels), share=share)
        )
    st.markdown("  \n".join(lines))
    return answers


def _render_gallery(drawings: Sequence[OwnDrawing], answers: dict[str, np.ndarray]) -> None:
    for place, drawing in enumerate(drawings[:_AT_ONCE]):
        with st.container(horizontal=True, vertical_alignment="center", key=f"mine-{drawing.id}"):
            centred = np.rint(centre_ink(drawing.ink) * 255).astype(np.uint8)
            st.image(encode_png(centred[..., np.newaxis]), width=56)
            said = sorted({str(answer[place]) for answer in answers.values()} - {str(drawing.label)})
            wrong = text("mine.card_wrong", label=drawing.label, said=", ".join(said))
            st.markdown(wrong if said else text("mine.card", label=drawing.label))
            st.button(
                text("mine.use"), key=f"use-{drawing.id}", on_click=put_drawing, args=(drawing.pixels, drawing.strokes)
            )
            st.button(
                text("mine.delete"),
                key=f"delete-{drawing.id}",
                icon=":material/delete:",
                on_click=_delete,
                args=(drawing,),
            )
    if len(drawings) > _AT_ONCE:
        st.caption(text("mine.more", count=len(drawings) - _AT_ONCE))


def _delete(drawing: OwnDrawing) -> None:
    delete_drawing(_folder(), drawing.id)
    set_widget(_DELETED, drawing)


def _undo() -> None:
    drawing: OwnDrawing = widget_value(_DELETED)
    save_drawing(_folder(), drawing.pixels, drawing.label, drawing.strokes)
    set_widget(_DELETED, None)


def _folder() -> Path:
    return default_runs_dir() / FOLDER
