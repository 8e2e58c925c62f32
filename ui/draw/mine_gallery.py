"""Draw, Mine: gallery of the saved drawings with predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.errors import CnnLabError
from cnn_core.figures.thumbnails import encode_png
from cnn_core.runs.own_drawings import OwnDrawing, delete_drawing, save_drawing
from cnn_core.runs.store import RunRecord
from ui.draw.canvas_tools import put_drawing
from ui.draw.mine_answers import drawings_folder, own_answers
from ui.layers.input import DRAWING, SOURCE_KEY
from ui.session.state import set_widget, widget_value
from ui.shared.answer import probe_or_wait
from ui.shared.model_picker import format_accuracy, sign_of
from ui.shared.navigation import go_to
from ui.text import enumerate_words, explain, text
from ui.text.plain import plain

_DELETED, _AT_ONCE = "draw.mine.deleted", 24


def render_gallery(runs: Sequence[RunRecord], drawings: Sequence[OwnDrawing]) -> None:
    """A line for each model, and a card for each of the newest drawings."""
    answers = _answer(runs, drawings)
    if answers is None:
        return
    with st.container(horizontal=True, gap="small"):
        for place, drawing in enumerate(drawings[:_AT_ONCE]):
            _render_card(drawing, {int(answer[place]) for answer in answers.values()})
    if len(drawings) > _AT_ONCE:
        st.caption(text("mine.more", count=len(drawings) - _AT_ONCE))


def render_undo() -> None:
    if widget_value(_DELETED):
        st.button(text("mine.undo"), icon=":material/undo:", on_click=_undo)


def _answer(runs: Sequence[RunRecord], drawings: Sequence[OwnDrawing]) -> dict[str, np.ndarray] | None:
    """What each model that knows digits answers, by run; None while there is no TensorFlow yet."""
    answers: dict[str, np.ndarray] = {}
    labels = np.array([drawing.label for drawing in drawings])
    lines = []
    for run in runs:
        if not DATASETS[run.experiment.dataset].holds_digits:
            lines.append(text("mine.no_digits", model=f"{sign_of(run)} {plain(run.name)}"))
            continue
        probe = probe_or_wait(run)
        if probe is None:
            return None
        answers[run.id] = own_answers().ask(run.folder, drawings, probe.predict_inputs).argmax(axis=1)
        right = int((answers[run.id] == labels).sum())
        share = format_accuracy(right / len(labels))
        lines.append(
            text("mine.score", model=f"{sign_of(run)} {plain(run.name)}", right=right, count=len(labels), share=share)
        )
    st.markdown("  \n".join(lines))
    return answers


def _render_card(drawing: OwnDrawing, answers: set[int]) -> None:
    with st.container(border=True, width=168, gap="small", key=f"mine-{drawing.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            centred = np.rint(centre_ink(drawing.ink) * 255).astype(np.uint8)
            st.image(encode_png(centred[..., np.newaxis]), width=56)
            said = (
                enumerate_words(str(answer) for answer in sorted(answers - {drawing.label}))
                if answers - {drawing.label}
                else ""
            )
            wrong = text("mine.card_wrong", label=drawing.label, said=said)
            st.markdown(wrong if said else text("mine.card", label=drawing.label), width=64)
        with st.container(horizontal=True, gap="small"):
            _render_action(drawing, "use", "draw", put_drawing, drawing.pixels, drawing.strokes)
            if _render_action(drawing, "layers", "layers", _take_along, drawing):
                go_to("layers")
            _render_action(drawing, "delete", "delete", _delete, drawing)


def _render_action(drawing: OwnDrawing, name: str, icon: str, action: object, *args: object) -> bool:
    return st.button(
        "",
        key=f"{name}-{drawing.id}",
        icon=f":material/{icon}:",
        type="tertiary",
        width=40,  # a fingertip's
        help=text(f"mine.{name}"),
        on_click=action,  # type: ignore[arg-type]
        args=args,
    )


def _take_along(drawing: OwnDrawing) -> None:
    """Onto the sheet, which Layers looks at."""
    put_drawing(drawing.pixels, drawing.strokes)
    set_widget(SOURCE_KEY, DRAWING)


def _delete(drawing: OwnDrawing) -> None:
    delete_drawing(drawings_folder(), drawing.id)
    set_widget(_DELETED, drawing)


def _undo() -> None:
    drawing: OwnDrawing = widget_value(_DELETED)
    try:
        save_drawing(drawings_folder(), drawing.pixels, drawing.label, drawing.strokes)
        set_widget(_DELETED, None)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:")
