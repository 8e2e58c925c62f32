"""Layers, Map: embedding of test images in a plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import streamlit as st
from pydantic import BaseModel, ConfigDict, Field

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.predictions import name_classes
from cnn_core.inspection.embedding.neighbors import find_nearest
from ui.layers.map_points import PCA, TSNE, Sight, arrange, draw_indices, look
from ui.layers.map_view import Scatter, build_sprite, render_scatter
from ui.layers.subject import Subject
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.shared.field_widget import render_field
from ui.text import explain, text, words

_NEAREST = 8
_KEY = "layers.map"
_PICKED = f"{_KEY}.picked"


class MapKnobs(BaseModel):
    """What can be set of the map."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Literal[500, 1000, 2000, 3000] = Field(
        1000,
        title="Images",
        description="How many test images are drawn, chosen at random but always the same. More take longer.",
    )


def render_map(subject: Subject, on_choose: Callable[[int], None]) -> None:
    """Draws the tab; `on_choose` is called with the index of a test image that someone clicks."""
    st.fragment(_render)(subject, on_choose)


def _render(subject: Subject, on_choose: Callable[[int], None]) -> None:
    if widget_value(_PICKED, False):  # a click redraws only this fragment, and the chosen image is shown outside of it
        set_widget(_PICKED, False)
        st.rerun()
    name = subject.run.experiment.dataset
    if not is_available(name):
        render_dataset_offer(name, "")
        return

    def pick(index: int) -> None:
        on_choose(index)
        set_widget(_PICKED, True)

    layer, method, count = _render_controls(subject)
    place = st.empty()
    try:
        sight = look(subject, layer, count)
        points, own, note = arrange(subject, sight, layer, method, place)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    place.caption(text("map.what", note=note))
    render_scatter(_describe(subject, sight, points, own, count), _KEY, pick)


def _render_controls(subject: Subject) -> tuple[str, str, int]:
    """The layer, the kind of map, and how many images."""
    layers = [output.name for output in subject.outputs if not output.traits.copies]
    layer_key = f"{_KEY}.layer-{subject.run.id}"
    start_widget(layer_key, layers[max(len(layers) - 2, 0)])  # what the last layer decides upon
    start_widget(f"{_KEY}.method", PCA)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = st.selectbox(text("map.layer"), layers, key=layer_key, help=text("map.layer_help"), width=240)
        method = st.segmented_control(
            text("map.method"),
            [PCA, TSNE],
            format_func=lambda name: text(f"map.{name}"),
            key=remembered(f"{_KEY}.method"),
            help=text("map.method_help"),
            required=True,
            persist_state="session",
        )
        with st.container(width=140):
            count = render_field(MapKnobs, "images", MapKnobs().images, f"{_KEY}.images")
    return layer, method or PCA, int(count)


def _describe(subject: Subject, sight: Sight, points: np.ndarray, own: np.ndarray, count: int) -> Scatter:
    name = subject.run.experiment.dataset
    near = find_nearest(sight.values, sight.own, _NEAREST + 1)
    return Scatter(
        points=points,
        indices=sight.indices,
        labels=cached_dataset(name).y_test[sight.indices],
        predicted=sight.probabilities.argmax(axis=1),
        shares=sight.probabilities.max(axis=1),
        own=own,
        picture=subject.picture,
        near=near[near != sight.same][:_NEAREST],
        names=words(name_classes(name, sight.probabilities.shape[1])),
        sprite=_cached_sprite(name, count),
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _cached_sprite(name: DatasetName, count: int) -> dict[str, object]:
    return build_sprite(cached_dataset(name), draw_indices(name, count))
