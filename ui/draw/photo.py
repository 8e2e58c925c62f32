"""Photo tab: reads digits from an uploaded, pasted or camera image."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.photo.image_file import MOST_MEGABYTES, read_steps
from cnn_core.data.photo.pipeline import PhotoSteps
from cnn_core.data.photo.reading import How
from cnn_core.errors import ImageError
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.inspection import Probe
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.draw.how import chosen_how, render_how
from ui.draw.photo_steps import render_photo_steps
from ui.session.state import set_widget, widget_value
from ui.shared.answer import probe_or_wait, warn_of_unlike
from ui.shared.probability_bars import format_share
from ui.text import explain, text, words
from ui.text.plain import plain

_FORMATS = ["png", "jpg", "jpeg", "webp", "avif", "gif", "bmp", "tif", "tiff"]
_PICTURE, _FILE, _CAMERA, _PASTE = "photo.picture", "photo.file", "photo.camera", "photo.paste"
_TURNS, _HOW = "photo.turns", "photo.how"
_MOST_SHOWN = 24
_TURN_ICONS = {"left": "rotate_left", "right": "rotate_right", "half": "sync"}

_paste = st.components.v2.component(
    "cnn_lab_paste",
    html='<div class="paste"><button type="button"></button><span class="hint"></span>'
    '<span class="note" role="status"></span></div>\n',
    css=read_asset("draw/draw_photo.css"),
    js=read_asset("draw/draw_photo.js"),
)


def render_photo(run: RunRecord, on_use: Callable[[np.ndarray], None] | None = None) -> None:
    """Takes an image by file, clipboard or camera and reads it. `on_use` gets the ink of a digit that is chosen."""
    st.caption(text("photo.what", model=plain(run.name)))
    _render_sources()
    content: bytes | None = widget_value(_PICTURE)
    if content is None:
        return
    try:
        with st.spinner(text("photo.reading")):
            steps = _read(content, int(widget_value(_TURNS, 0)), chosen_how(_HOW))
    except ImageError as error:
        st.error(explain(error), icon=":material/error:")
        return
    if not steps.digits:
        st.warning(text("photo.blank"), icon=":material/visibility_off:")
    elif probe := probe_or_wait(run, height=120):
        _render_reading(run, probe, steps, on_use)
    _render_corrections(steps)
    render_photo_steps(steps, style_of(run.style).color)


def _render_sources() -> None:
    """Whatever came last counts."""
    st.file_uploader(
        text("photo.file"),
        _FORMATS,
        key=_FILE,
        help=text("photo.file_help"),
        on_change=_take,
        args=(_FILE,),
        max_upload_size=MOST_MEGABYTES,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width=330):
            said = {name: text(f"photo.paste_{name}") for name in ("hint", "none", "refused")}
            _paste(key=_PASTE, data={"words": {"paste": text("photo.paste"), **said}}, on_picture_change=_take_pasted)
        with_camera = st.toggle(text("photo.camera"), key="photo.with_camera", help=text("photo.camera_help"))
    if with_camera:
        st.camera_input(text("photo.take"), key=_CAMERA, on_change=_take, args=(_CAMERA,), width=480)


def _take(key: str) -> None:
    given = widget_value(key)
    _show(None if given is None else given.getvalue())


def _take_pasted() -> None:
    given = widget_value(_PASTE)
    address = str(given.get("picture") or "") if given is not None else ""
    try:
        _show(base64.b64decode(address.partition(",")[2], validate=True))
    except binascii.Error:
        _show(b"")  # read as any other empty file


def _show(content: bytes | None) -> None:
    set_widget(_PICTURE, content)
    set_widget(_TURNS, 0)


def _turn(turns: int) -> None:
    set_widget(_TURNS, (int(widget_value(_TURNS, 0)) + turns) % 4)


def _render_corrections(steps: PhotoSteps) -> None:
    """What to change if the reading is wrong: one digit or several, and which way up."""
    rotation = steps.detected.rotation
    if rotation:
        st.info(text("photo.reads_better", degrees=rotation), icon=":material/rotate_left:")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        render_how(_HOW)
        for name, turns in (("left", 1), ("right", 3), ("half", 2)):
            st.button(
                text(f"photo.turn_{name}"),
                icon=f":material/{_TURN_ICONS[name]}:",
                key=f"photo.turn.{name}",
                type="primary" if 90 * turns == rotation else "secondary",
                on_click=_turn,
                args=(turns,),
            )


@st.cache_data(max_entries=8, show_spinner=False)
def _read(content: bytes, turns: int, how: How) -> PhotoSteps:
    steps = replace(read_steps(content, turns), how=how)
    _ = steps.detected  # so that the digits, found once, are part of what is kept
    return steps


def _render_reading(
    run: RunRecord, probe: Probe, steps: PhotoSteps, on_use: Callable[[np.ndarray], None] | None
) -> None:
    info = DATASETS[run.experiment.dataset]
    inputs = np.concatenate([prepare_ink(digit.centred, run.experiment) for digit in steps.digits])
    probabilities = probe.predict_inputs(inputs)  # (digits, classes)
    names = words(info.class_names)
    labels = [names[int(best)] for best in probabilities.argmax(axis=1)]
    shares = probabilities.max(axis=1)
    lines = _say(steps.detected.by_row(labels), info.holds_digits)
    st.markdown("\n\n".join(f"### {line}" for line in lines))
    least = int(shares.argmin())
    said = {"label": labels[least], "share": format_share(float(shares[least]))}
    if len(labels) == 1:
        st.caption(text("photo.sure", share=said["share"]))
    else:
        st.caption(text("photo.least_sure", place=least + 1, **said))
    if info.holds_digits and (unlike := warn_of_unlike(steps.digits)):
        st.warning(unlike, icon=":material/warning:")
    if steps.detected.ignored:
        st.caption(text("photo.ignored", count=len(steps.detected.ignored)))
    st.caption(text("photo.each"))
    with st.container(horizontal=True, gap="small"):
        for place, digit in enumerate(steps.digits[:_MOST_SHOWN]):
            with st.container(width=92, gap="xxsmall", key=f"photo-digit-{place}"):
                st.image(_tile(digit.centred), width=84)
                answer = text("photo.answer", label=labels[place], share=format_share(float(shares[place])))
                is_least = place == least and len(labels) > 1
                st.markdown(f":orange[:material/priority_high:{answer}]" if is_least else answer)
                if on_use is not None:
                    st.button(
                        text("photo.use"),
                        key=f"photo.use.{place}",
                        help=text("photo.use_help"),
                        on_click=on_use,
                        args=(digit.centred,),
                    )
    if len(labels) > _MOST_SHOWN:
        st.caption(text("photo.more", count=len(labels) - _MOST_SHOWN))


def _say(rows: list[list[str]], holds_digits: bool) -> list[str]:
    """One line for each row of digits."""
    count = sum(map(len, rows))
    if count == 1:
        return [text("photo.one", label=rows[0][0])]
    if holds_digits:
        lines = ["".join(row) for row in rows]
        return [text("photo.several", label=lines[0]), *lines[1:]]
    return [text("photo.pieces", count=count)]


def _tile(centred: np.ndarray) -> np.ndarray:
    """Each of the 28×28 pixels as a square of 6: uint8, white ink on black as the network's input is."""
    return np.kron(np.rint(centred * 255).astype(np.uint8), np.ones((6, 6), np.uint8))
