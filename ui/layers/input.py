"""Input of the Layers page: the drawing, a dataset image, or a file."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.load import is_available
from cnn_core.data.photo.image_file import MOST_MEGABYTES, read_ink, read_photo
from cnn_core.runs.store import RunRecord
from ui.layers.chosen import Chosen, choose_ink, choose_pixels
from ui.layers.find import render_find, step_to
from ui.session.state import remembered, session, set_widget, start_widget, widget_value
from ui.shared.answer import example_ink
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.shared.image_number import render_picture_number
from ui.shared.navigation import link_to
from ui.text import text

DRAWING, TEST, TRAINING, FILE = "drawing", "test", "training", "file"
SOURCES = (DRAWING, TEST, TRAINING, FILE)
SOURCE_KEY = "layers.source"
_FILE_KEY = "layers.file"


def choose_test_image(index: int) -> None:
    """Makes Layers show a test image; only from a callback, or before its controls are drawn."""
    set_widget(SOURCE_KEY, TEST)
    set_widget(index_key(TEST), index)


def index_key(source: str) -> str:
    return f"layers.index.{source}"


def render_input(run: RunRecord) -> Chosen | None:
    """The controls, and what they choose; None after saying what is missing. Raises `CnnLabError`."""
    name = run.experiment.dataset
    start_widget(SOURCE_KEY, TEST if session().ink is None and is_available(name) else DRAWING)
    source = st.segmented_control(
        text("layers.input"),
        SOURCES,
        format_func=lambda name: text(f"layers.input_{name}"),
        key=remembered(SOURCE_KEY),
        required=True,
        persist_state="session",
    )
    if source in (TEST, TRAINING):
        return _choose_image(run, source)
    title = text(f"layers.input_{source}")
    if source != FILE:
        return choose_ink(_read_drawing(), run.experiment, title)
    uploaded = st.file_uploader(
        text("layers.file"),
        type=["png", "jpg", "jpeg", "webp", "bmp"],
        key=_FILE_KEY,
        max_upload_size=MOST_MEGABYTES,
    )
    if uploaded is None:
        return None
    height, width, channels = run.experiment.architecture.input_shape
    if channels == 3:
        return choose_pixels(read_photo(uploaded.getvalue(), height, width), run.experiment, title)
    return choose_ink(read_ink(uploaded.getvalue()), run.experiment, uploaded.name)


def _read_drawing() -> np.ndarray:
    ink = session().ink
    if ink is None:
        st.caption(text("layers.nothing_drawn"))
        link_to("draw", text("layers.to_draw"))
    return example_ink() if ink is None else ink


def _choose_image(run: RunRecord, source: str) -> Chosen | None:
    name, key = run.experiment.dataset, index_key(source)
    if not is_available(name):
        render_dataset_offer(name, "")
        return None
    dataset = cached_dataset(name)
    images, labels = (dataset.x_test, dataset.y_test) if source == TEST else (dataset.x_train, dataset.y_train)
    last = len(images) - 1
    start_widget(key, 0)
    if widget_value(key) > last:  # chosen when it was another dataset
        set_widget(key, 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        about = text("layers.index_help", last=f"{last:,}")
        index = render_picture_number(text("layers.index"), last, key, about)
        wanted = render_find(run, source, labels)
        for step, icon in ((-1, "chevron_left"), (1, "chevron_right")):
            st.button(
                text("layers.earlier" if step < 0 else "layers.next"),
                icon=f":material/{icon}:",
                key=f"layers.step.{step}",
                on_click=set_widget,
                args=(key, step_to(wanted, index, step, last)),
            )
        _render_numbers(images[index])
    label = int(labels[index])
    title = text(
        "layers.true_label", source=text(f"layers.input_{source}"), index=index, label=DATASETS[name].class_names[label]
    )
    image = images[index].reshape(*images[index].shape[:2], -1)
    return choose_pixels(image, run.experiment, title, f"{source}-{index}", label=label)


def _render_numbers(image: np.ndarray) -> None:
    """The image as the article of R3 prints it: the values as they are stored, one block per color."""
    planes = image.reshape(*image.shape[:2], -1).transpose(2, 0, 1)
    blocks = ("\n".join("".join(f"{value:4d}" for value in row) for row in plane) for plane in planes)
    with st.popover(text("layers.numbers"), icon=":material/grid_on:", help=text("layers.numbers_help")):
        st.code("\n\n".join(blocks), language=None)
