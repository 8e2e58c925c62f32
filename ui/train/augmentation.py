"""Augmentation on the Train page: four knobs, and training images as the network would see them."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
import streamlit as st

from cnn_core.architecture import ArchitectureSpec
from cnn_core.architecture.augmentation import Augmentation, read_augmentation
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.experiment import Experiment
from cnn_core.training.augmented import augment_images
from ui.server.waiting import is_ready, render_wait
from ui.session.state import set_widget, widget_value
from ui.shared.field_widget import render_field
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.shared.watches import render_live
from ui.text import text, translate_core
from ui.train.data_preview import training_data

_IMAGES = 8
_THROW_KEY = "setup.throw"
_STRIP_HEIGHT = 64


def render_augmentation(architecture: ArchitectureSpec, holds_digits: bool, prefix: str) -> dict[str, object]:
    """The values of `Augmentation`, not yet checked."""
    start, values = read_augmentation(architecture), {}
    with st.grid(4, min_column_width=120, gap="small"):
        for name in Augmentation.model_fields:
            values[name] = render_field(Augmentation, name, getattr(start, name), key=f"{prefix}.augmentation.{name}")
    if holds_digits and values["flip"] != "none":
        st.warning(text("augmentation.flip_caution"), icon=":material/swap_horiz:")
    return values


def render_augmentation_preview(experiment: Experiment) -> None:
    if read_augmentation(experiment.architecture).is_off:
        st.caption(text("augmentation.off"))
        return
    render_live("augmentation", partial(_render_preview, experiment))


def _render_preview(experiment: Experiment) -> None:
    if not is_ready():
        render_wait(_STRIP_HEIGHT)
        return
    dataset = training_data(experiment)
    with st.container(horizontal=True, vertical_alignment="center"):
        title = translate_core(DATASETS[experiment.dataset].title)
        st.caption(text("augmentation.seen") if dataset else text("augmentation.seen_examples", name=title))
        st.button(text("augmentation.again"), icon=":material/casino:", on_click=_throw_again, type="tertiary")
    images = dataset.x_train[:_IMAGES] if dataset else _example_digits()
    spec = experiment.architecture.model_dump_json()
    changed = _augment(images.tobytes(), images.shape, spec, widget_value(_THROW_KEY, 0))
    render_strip(text("augmentation.title"), [Thumbnail(image) for image in changed], key="setup-augmented")


def _throw_again() -> None:
    set_widget(_THROW_KEY, widget_value(_THROW_KEY, 0) + 1)


@st.cache_data(max_entries=64, show_spinner=False)
def _augment(images: bytes, shape: tuple[int, ...], spec: str, throw: int) -> np.ndarray:
    architecture = ArchitectureSpec.model_validate_json(spec)
    return augment_images(np.frombuffer(images, np.uint8).reshape(shape), architecture, seed=1_000 * throw)


@lru_cache(maxsize=1)
def _example_digits() -> np.ndarray:
    """Our own digits, uint8 (8, 28, 28, 1)."""
    ink = np.stack([centre_ink(draw_strokes(DIGIT_STROKES[digit])) for digit in range(_IMAGES)])
    return np.rint(ink * 255).astype(np.uint8)[..., np.newaxis]
