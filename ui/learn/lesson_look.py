"""Lessons that use a trained model only."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.inspection import Probe
from cnn_core.learning.lesson_file import Lesson, Look
from cnn_core.learning.lessons_figures import Figure, show_figure
from cnn_core.learning.lessons_looks import answer_drawing, drawn, look
from cnn_core.learning.verdicts import judge
from cnn_core.runs.store import RunRecord
from ui.learn.lesson_outcome import render_verdict
from ui.server.resources import get_store
from ui.shared.answer import probe_or_wait
from ui.shared.formats import translate_units
from ui.shared.navigation import link_to
from ui.shared.probability_bars import format_share
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.shared.watches import render_live
from ui.text import explain, text
from ui.text.plain import plain

_HEIGHT = 160


def render_look(lesson: Lesson, guess: int | None) -> None:
    wish = lesson.look
    assert wish is not None
    try:
        run = get_store().find(wish.run)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    render_live("look", lambda: _render(lesson, wish, run, guess))


def _render(lesson: Lesson, wish: Look, run: RunRecord, guess: int | None) -> None:
    probe = probe_or_wait(run, height=_HEIGHT)
    if probe is None:
        return
    figures = _look(lesson.id, wish.model_dump_json(), wish, probe)
    render_verdict(lesson, judge(lesson, figures), figures, guess)
    if wish.kind == "drawing":
        _render_drawings(wish, run, probe)
        link_to("draw", text("lessons.to_draw"))
    else:
        _render_changes(figures)
        link_to("layers", text("lessons.to_layers"))
    st.caption(text("lessons.asked", model=plain(run.name)))


@st.cache_data(max_entries=16, show_spinner=False)
def _look(lesson_id: str, wish_key: str, _wish: Look, _probe: Probe) -> dict[str, dict[str, Figure]]:
    return look(_wish, _probe)


def _render_drawings(wish: Look, run: RunRecord, probe: Probe) -> None:
    """Each drawing as the network sees it, with what it is called and how surely."""
    names, pictures = DATASETS[run.experiment.dataset].class_names, []
    for name, strokes in wish.drawings.items():
        shares = answer_drawing(probe, strokes)
        ink = np.rint(drawn(strokes) * 255).astype(np.uint8)[..., np.newaxis]
        called, share = names[int(shares.argmax())], format_share(float(shares.max()))
        pictures.append(Thumbnail(ink, text("lessons.called", name=name, called=called), share))
    render_strip(text("lessons.drawings"), pictures, key="lesson-drawings")


def _render_changes(figures: dict[str, dict[str, Figure]]) -> None:
    """A bar for each place in the network: how much of its output changed."""
    for name, its in figures.items():
        share = its["change"].value or 0.0
        message = text("lessons.change", layer=plain(name), share=translate_units(show_figure("change", share)))
        st.progress(min(1.0, share), text=message)
