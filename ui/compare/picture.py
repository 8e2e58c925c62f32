"""The input of two compared networks: the current drawing, a saved drawing, or a test image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.comparison.disagreement import Split, are_comparable
from cnn_core.data.datasets.load import is_available
from cnn_core.data.ink import centre_ink
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.predictions import name_classes, read_predictions
from cnn_core.runs import default_runs_dir
from cnn_core.runs.own_drawings import FOLDER, OwnDrawing, list_drawings
from cnn_core.runs.store import RunRecord
from ui.compare.tiles import IMAGE
from ui.layers.chosen import choose_ink, choose_pixels
from ui.session.state import remembered, session, set_widget, start_widget, widget_value
from ui.shared.answer import example_ink
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.shared.image_number import render_picture_number
from ui.shared.navigation import link_to
from ui.text import text, words

DRAWING, KEPT, TEST = "drawing", "kept", "test"
_SOURCE, _KEPT, _NUMBER = "compare.source", "compare.kept", "compare.number"


@dataclass(frozen=True)
class Chosen:
    """`inputs` float32 (1, …) as each of the two networks takes it, `shown` (H, W, C) as a person sees it."""

    inputs: tuple[np.ndarray, np.ndarray]
    shown: np.ndarray
    title: str


def choose_picture(runs: tuple[RunRecord, RunRecord]) -> Chosen | None:
    """The controls, and what they choose; None after saying what is missing. Raises `CnnLabError`."""
    kept = list_drawings(default_runs_dir() / FOLDER)
    sources = [DRAWING, *([KEPT] if kept else []), TEST]
    has_images = is_available(runs[0].experiment.dataset)
    start_widget(_SOURCE, TEST if session().ink is None and has_images else DRAWING)
    if widget_value(_SOURCE) not in sources:  # the last kept drawing is gone
        set_widget(_SOURCE, DRAWING)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            text("same_input.source"),
            sources,
            key=remembered(_SOURCE),
            format_func=lambda name: text(f"same_input.source_{name}"),
            required=True,
            persist_state="session",
        )
        if source == TEST:
            return _choose_test(runs)
        if source == KEPT:
            return _choose_kept(runs, kept)
    ink = session().ink
    if ink is None:
        st.caption(text("layers.nothing_drawn"))
        link_to("draw", text("layers.to_draw"))
    return _of_ink(runs, example_ink() if ink is None else ink, text("same_input.source_drawing"))


def _choose_kept(runs: tuple[RunRecord, RunRecord], kept: list[OwnDrawing]) -> Chosen:
    by_id = {drawing.id: drawing for drawing in kept}
    if widget_value(_KEPT) not in by_id:
        set_widget(_KEPT, kept[0].id)
    places = {drawing.id: place for place, drawing in enumerate(kept, 1)}
    chosen = st.selectbox(
        text("same_input.kept"),
        list(by_id),
        key=remembered(_KEPT),
        format_func=lambda id_: text("same_input.kept_one", place=places[id_], label=by_id[id_].label),
        persist_state="session",
    )
    drawing = by_id[chosen]
    return _of_ink(runs, drawing.ink, text("same_input.kept_one", place=places[chosen], label=drawing.label))


def _of_ink(runs: tuple[RunRecord, RunRecord], ink: np.ndarray, title: str) -> Chosen:
    first, second = (choose_ink(ink, run.experiment, title).inputs for run in runs)
    return Chosen((first, second), centre_ink(ink)[..., np.newaxis], title)


def _choose_test(runs: tuple[RunRecord, RunRecord]) -> Chosen | None:
    name = runs[0].experiment.dataset
    if not is_available(name):
        render_dataset_offer(name, "")
        return None
    dataset = cached_dataset(name)
    last = len(dataset.x_test) - 1
    if widget_value(_NUMBER) is None:
        start_widget(_NUMBER, min(last, _find_interesting(runs)))
    if widget_value(_NUMBER) > last:  # chosen when it was another dataset
        set_widget(_NUMBER, 0)
    index = render_picture_number(text("layers.index"), last, _NUMBER, text("layers.index_help", last=f"{last:,}"))
    looked_at = widget_value(IMAGE)
    if looked_at is not None and looked_at != index:
        label = text("same_input.looked_at", index=looked_at)
        st.button(label, icon=":material/difference:", on_click=set_widget, args=(_NUMBER, looked_at))
    label = words(name_classes(name, int(dataset.y_test.max()) + 1))[int(dataset.y_test[index])]
    title = text("layers.true_label", source=text("same_input.source_test"), index=index, label=label)
    image = dataset.x_test[index].reshape(*dataset.x_test[index].shape[:2], -1)
    first, second = (choose_pixels(image, run.experiment, title).inputs for run in runs)
    return Chosen((first, second), image / 255.0, title)


def _find_interesting(runs: tuple[RunRecord, RunRecord]) -> int:
    """The image that Disagreements shows, else the one on which the two are furthest apart, where that is known."""
    looked_at = widget_value(IMAGE)
    if looked_at is not None:
        return int(looked_at)
    try:
        first, second = (read_predictions(run.folder) for run in runs)
    except CnnLabError:
        return 0
    if not first or not second or not are_comparable(first, second):
        return 0
    split = Split(first, second)
    return int(abs(split.margins).argmax())
