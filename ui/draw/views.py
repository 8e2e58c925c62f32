"""Draw page: canvas, network input, predictions, and four tabs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st
from PIL import Image

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.runs.store import RunRecord
from ui.draw.canvas import render_canvas
from ui.draw.canvas_tools import SIZE, is_erasing, is_light, pen_width, put_drawing, render_tools
from ui.draw.how import chosen_how, render_how
from ui.draw.mine import render_mine
from ui.draw.novelty import render_novelty
from ui.draw.photo import render_photo
from ui.draw.robustness import render_robustness
from ui.draw.steps import render_steps
from ui.layers.chosen import choose_ink
from ui.layers.moments import FINAL, Moment, list_moments
from ui.layers.time import render_confidence
from ui.server.waiting import is_ready
from ui.shared.answer import render_answer, render_network_input
from ui.shared.detected_digits import DrawnDigits, detect_digits
from ui.shared.expanders import remembered_tabs
from ui.shared.model_picker import sign_of
from ui.text import text, words
from ui.text.plain import plain

_TAB = "draw.tab"


def render_draw(runs: Sequence[RunRecord]) -> None:
    """Lays out placeholders first and fills predictions first."""
    several = len(runs) > 1
    with st.container(horizontal=True, gap="medium"):
        sheet = st.container(width=284)
        received = sheet if several else st.container(width=206)  # beside several answers there is no room for it
        with st.container(width=530 if several else 280), st.container(horizontal=True, gap="medium"):
            answers = [st.container(width=250 if several else 270) for _ in runs]
    with sheet:
        ink = render_canvas("draw", pen_width(), is_erasing(), is_light())
    found = detect_digits(ink, chosen_how())
    for place, run in enumerate(runs):
        with answers[place]:
            render_answer(run, found, key=f"draw-{place}", named=several)
    with sheet:
        render_tools()
        render_how()
    with received:
        _render_received(runs[0], found)
    if found and found.are_several:
        st.caption(text("draw.as_one"))
    _render_tabs(runs, ink)
    if found and not found.are_several and is_ready():
        with answers[0]:  # last: the first time it looks at thousands of training images
            render_novelty(runs[0], prepare_ink(found.whole, runs[0].experiment))


def _render_received(run: RunRecord, found: DrawnDigits | None) -> None:
    st.markdown(f"**{text('draw.received')}**", help=text("draw.received_help"))
    render_network_input(run, found, key="draw")
    st.caption(text("draw.received_note"))


def _render_tabs(runs: Sequence[RunRecord], ink: np.ndarray | None) -> None:
    views: dict[str, Callable[[], None]] = {
        "steps": lambda: render_steps(runs, ink),
        "training": lambda: _render_training(runs, ink),
        "robustness": lambda: _render_robustness(runs, ink),
        "photo": lambda: render_photo(runs[0], on_use=use_ink),
        "mine": lambda: render_mine(runs),
    }
    tabs = remembered_tabs({name: text(f"draw.tab_{name}") for name in views}, _TAB)
    for tab, render in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                render()


def use_ink(ink: np.ndarray) -> None:
    """Lays ink (H, W), 0–1, on the sheet; only from a callback."""
    picture = Image.fromarray(np.rint(centre_ink(ink) * 255).astype(np.uint8))
    put_drawing(np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BICUBIC)), None)


def _render_training(runs: Sequence[RunRecord], ink: np.ndarray | None) -> None:
    if ink is None:
        st.caption(text("draw.first"))
        return
    st.caption(text("draw.training_note"))
    for run in runs:
        chosen = choose_ink(ink, run.experiment, run.name)
        with st.container(border=True):
            st.markdown(f"{sign_of(run)} **{plain(run.name)}**")
            names = words(DATASETS[run.experiment.dataset].class_names)
            render_confidence(run, chosen, Moment(FINAL), names, key=f"draw-{run.id}")
            if len(list_moments(run)) == 1:
                st.caption(text("layers.no_moments"))


def _render_robustness(runs: Sequence[RunRecord], ink: np.ndarray | None) -> None:
    if ink is None:
        st.caption(text("draw.first"))
        return
    centred = centre_ink(ink)
    render_robustness(list(runs), lambda run: prepare_ink(centred, run.experiment), centred[..., np.newaxis])
