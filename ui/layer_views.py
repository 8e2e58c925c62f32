"""Layers: what every convolution and pooling makes of one input."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.catalog import DATASETS, DatasetName
from cnn_core.data.ink import centre_ink
from cnn_core.data.load import Dataset, is_available, load_dataset
from cnn_core.errors import CnnLabError
from cnn_core.figures.palette import style_of
from cnn_core.inspection import LayerOutput, Probe
from cnn_core.runs.store import RunRecord
from ui.answer import example_ink, network_view, probe_or_wait
from ui.bars import render_probabilities
from ui.datasets import render_dataset_offer
from ui.maps import Picture, ink_picture, picture_of, render_maps
from ui.navigation import link_to
from ui.state import lab
from ui.text import text

DRAWING, TEST_IMAGE = "drawing", "test"
_PASSING_ON = ("Dropout", "SpatialDropout2D", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom")


@st.cache_resource(max_entries=4, show_spinner=False)
def cached_dataset(name: DatasetName) -> Dataset:
    """A data set shared by all sessions; raises `DataError`."""
    return load_dataset(name)


def render_layers(run: RunRecord) -> None:
    try:
        source, index = _render_input_choice(run)
        probe = probe_or_wait(run)
        if probe is None:
            return
        picture, outputs = _inspect(run, probe, source, index)
    except CnnLabError as error:
        st.error(str(error), icon=":material/error:")
        return
    if picture is None:
        return
    left, right = st.columns([2, 5], gap="large")
    with left:
        render_maps([picture], key="layers-input", tile=168)
    with right:
        names = DATASETS[run.experiment.dataset].class_names
        render_probabilities(outputs[-1].values, names, style_of(run.style).color, key="layers-bars")
    st.caption(text("layers.legend"), help=text("glossary.feature_map"))
    shown = [picture_of(output) for output in outputs if output.is_map and output.kind not in _PASSING_ON]
    if shown:
        render_maps(shown, key="layers-maps")
    else:
        st.info(text("layers.no_maps"), icon=":material/info:")


def _render_input_choice(run: RunRecord) -> tuple[str, int]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(
            text("layers.input"),
            [DRAWING, TEST_IMAGE],
            default=TEST_IMAGE if lab().ink is None and is_available(run.experiment.dataset) else DRAWING,
            format_func=lambda name: text(f"layers.input_{name}"),
            key="layers.source",
            required=True,
        )
        index = 0
        if source == TEST_IMAGE and is_available(run.experiment.dataset):
            last = len(cached_dataset(run.experiment.dataset).x_test) - 1
            index = int(
                st.number_input(
                    text("layers.index"),
                    0,
                    last,
                    0,
                    key="layers.index",
                    help=text("layers.index_help", last=last),
                    width=180,
                )
            )
    return source or TEST_IMAGE, index


def _inspect(run: RunRecord, probe: Probe, source: str, index: int) -> tuple[Picture | None, list[LayerOutput]]:
    name = run.experiment.dataset
    if source == DRAWING:
        ink = lab().ink
        if ink is None:
            st.caption(text("layers.nothing_drawn"))
            link_to("draw", text("layers.to_draw"))
        centred = centre_ink(example_ink() if ink is None else ink)
        return network_view(text("layers.input_drawing"), centred, run.experiment), probe.inspect_ink(centred)
    if not is_available(name):
        render_dataset_offer(name, "")
        return None, []
    dataset = cached_dataset(name)
    image, label = dataset.x_test[index], dataset.info.class_names[dataset.y_test[index]]
    title = text("layers.true_label", label=label)
    return _image_picture(title, image), probe.inspect_image(image)


def _image_picture(title: str, image: np.ndarray) -> Picture:
    """A data-set image, 0–255; one of colour shows its three channels beside each other."""
    return ink_picture(title, "×".join(map(str, image.shape)), image)
