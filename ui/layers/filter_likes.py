"""Top-activating test images and activation maximization of a filter."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import streamlit as st

from cnn_core.inspection.filters.activation_maximization import (
    ActivationMaximization,
    FavouriteSettings,
    find_favourite,
)
from cnn_core.inspection.filters.kernels import Kernels
from cnn_core.inspection.filters.top_activations import TopActivations, find_exciting
from cnn_core.inspection.model.walk import Progress
from ui.layers.filters_shown import is_remembered, moment_stamp, read_test_inputs, remember
from ui.layers.subject import Subject
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import cached_dataset
from ui.text import text

LOOKED_AT = 2_000  # test images
SHOWN = 8
_WIDTH = 80  # screen pixels of an image; drawn at twice that, so that a square's edge is sharp
_MARK, _EDGE = (224, 130, 20), (200, 204, 214)


def render_exciting(subject: Subject, kernels: Kernels, number: int) -> None:
    st.markdown(f"**{text('filters.exciting')}**", help=text("filters.exciting_help", count=f"{LOOKED_AT:,}"))
    given = read_test_inputs(subject, LOOKED_AT)
    if given is None:
        st.caption(text("filters.needs_images"))
        return
    found = _find_exciting(subject, kernels, given[0])
    values = found.values[number]
    if not values[0] > values[-1]:
        st.caption(text("filters.nothing_excites", value=f"{values[0]:.3g}"))
        return
    images = cached_dataset(subject.run.experiment.dataset).x_test[found.images[number]]
    st.image(
        [mark(image, box) for image, box in zip(images, found.boxes[number], strict=True)],
        caption=[f"{value:.3g}" for value in values],
        width=_WIDTH,
        alt=[text("filters.exciting_alt", index=index) for index in found.images[number]],
    )


def _find_exciting(subject: Subject, kernels: Kernels, inputs: np.ndarray) -> TopActivations:
    maps = kernels.maps or ""

    def compute(progress: Progress) -> TopActivations:
        with subject.opened() as probe:
            return find_exciting(probe, maps, inputs, SHOWN, progress)

    words = text("filters.looking", count=f"{len(inputs):,}")
    return remember(("exciting", *moment_stamp(subject), maps), words, compute)


def render_favourite(subject: Subject, kernels: Kernels, number: int) -> None:
    """Looked for when asked; what was found once is shown at once."""
    seed_key = f"filters.seed.{subject.run.id}.{kernels.id}.{number}"
    asked_key = f"filters.favourite.{subject.run.id}"
    seed = int(widget_value(seed_key, 0))

    def key_for(seed: int) -> tuple[Hashable, ...]:
        return ("favourite", *moment_stamp(subject), kernels.id, number, seed)

    def ask(seed: int) -> None:
        set_widget(seed_key, seed)
        set_widget(asked_key, key_for(seed))

    st.markdown(f"**{text('filters.favourite')}**", help=text("filters.favourite_help"))
    if widget_value(asked_key) == key_for(seed) or is_remembered(key_for(seed)):
        _show(subject, number, kernels, _find_favourite(subject, kernels, number, key_for(seed), seed))
        st.button(text("filters.another"), icon=":material/casino:", on_click=ask, args=(seed + 1,))
    else:
        st.button(text("filters.find"), icon=":material/auto_awesome:", on_click=ask, args=(seed,))


def _find_favourite(
    subject: Subject, kernels: Kernels, number: int, key: tuple[Hashable, ...], seed: int
) -> ActivationMaximization:
    def compute(progress: Progress) -> ActivationMaximization:
        with subject.opened() as probe:
            settings = FavouriteSettings(seed=seed)
            return find_favourite(probe, kernels.layer, kernels.maps or "", number, settings, progress)

    return remember(key, text("filters.climbing"), compute)


def _show(subject: Subject, number: int, kernels: Kernels, found: ActivationMaximization) -> None:
    picture, words = st.columns([1, 2], vertical_alignment="center")
    with picture:
        st.image(mark(found.picture), width=2 * _WIDTH, alt=text("filters.favourite"))
    with words:
        if not found.value > found.start:
            st.caption(text("filters.unmoved"))
            return
        best = _best_test_value(subject, kernels, number)
        if best is None:
            st.markdown(text("filters.reached", value=f"{found.value:.3g}"))
        else:
            st.markdown(text("filters.reached_both", value=f"{found.value:.3g}", best=f"{best:.3g}"))
        is_ink = found.picture.shape[2] == 1
        st.caption(text("filters.favourite_ink" if is_ink else "filters.favourite_color"))


def _best_test_value(subject: Subject, kernels: Kernels, number: int) -> float | None:
    given = read_test_inputs(subject, LOOKED_AT)
    return None if given is None else float(_find_exciting(subject, kernels, given[0]).values[number, 0])


def mark(image: np.ndarray, box: np.ndarray | None = None) -> np.ndarray:
    """uint8 (H, W, C) → RGB, enlarged; one channel is ink on white paper. A square is drawn around `box` if given.

    `box` is first row, first column, last row + 1, last column + 1.
    """
    color = 255 - np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image[:, :, :3]
    factor = -(-2 * _WIDTH // image.shape[1])
    large = np.repeat(np.repeat(color, factor, axis=0), factor, axis=1).copy()
    _frame(large, _EDGE)
    if box is not None:
        top, left, bottom, right = (int(edge) * factor for edge in box)
        for inset in range(4):
            _frame(large[top + inset : bottom - inset, left + inset : right - inset], _MARK)
    return large


def _frame(picture: np.ndarray, color: tuple[int, int, int]) -> None:
    if picture.size:
        picture[0], picture[-1], picture[:, 0], picture[:, -1] = color, color, color, color
