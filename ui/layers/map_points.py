"""Points of the map: activations of test images, arranged by PCA or t-SNE."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.evaluation.predictions import predict_images
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.embedding.pca import Pca, collect_activations, compute_pca
from cnn_core.inspection.embedding.tsne import Tsne, compute_tsne, is_tsne_available
from ui.layers.subject import Subject
from ui.shared.datasets import cached_dataset
from ui.text import text

PCA, TSNE = "pca", "tsne"
_KEPT = 12  # t-SNE maps that are kept


@dataclass(frozen=True)
class Sight:
    """What the network makes of some test images: `values` (N, D) of a layer, and its answers (N, classes).

    `own` (D,) is the layer's output for the subject's input, and `same` which row that is, where it is one of them.
    """

    indices: np.ndarray
    values: np.ndarray
    probabilities: np.ndarray
    own: np.ndarray
    same: int | None


def look(subject: Subject, layer: str, count: int) -> Sight:
    """Asks the network, unless the answers are in the cache. Raises `CnnLabError`."""
    with st.spinner(text("map.working")):
        indices, values, probabilities = _look_at_tests(_moment(subject), layer, count, subject)
        with subject.opened() as probe:
            own = collect_activations(probe, layer, subject.inputs)[0]
    images = cached_dataset(subject.run.experiment.dataset).x_test[indices]
    is_same = (images == subject.picture).all(axis=(1, 2, 3)) if images.shape[1:] == subject.picture.shape else []
    same = np.flatnonzero(is_same)
    return Sight(indices, values, probabilities, own, int(same[0]) if len(same) else None)


@st.cache_data(max_entries=16, show_spinner=False)
def _look_at_tests(moment: str, layer: str, count: int, _subject: Subject) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    experiment = _subject.run.experiment
    images, indices = cached_dataset(experiment.dataset).x_test, draw_indices(experiment.dataset, count)
    inputs = prepare_images(images[indices], experiment.training.input_scaling)
    with _subject.opened() as probe:
        values = collect_activations(probe, layer, inputs)
        return indices, values, predict_images(probe.predict_inputs, images[indices], experiment)


def draw_indices(name: DatasetName, count: int) -> np.ndarray:
    """Indices of test images, in order: the same ones each time."""
    total = len(cached_dataset(name).x_test)
    return np.sort(np.random.default_rng(0).choice(total, min(count, total), replace=False))


def _moment(subject: Subject) -> str:
    return f"{subject.run.id}-{subject.moment.id}"


def arrange(
    subject: Subject, sight: Sight, layer: str, method: str, place: DeltaGenerator
) -> tuple[np.ndarray, np.ndarray, str]:
    """The images' places (N, 2), the own input's (2,), and a sentence on how to read the map. Raises `ModelError`.

    Progress is shown in `place`, where the caller then puts something else.
    """
    if method == TSNE and not is_tsne_available():
        st.info(text("map.tsne_missing"), icon=":material/download:")
        method = PCA
    key = f"{_moment(subject)}-{layer}-{len(sight.indices)}"
    placing: Pca | Tsne
    if method == PCA:
        placing = _compute_pca(key, sight.values)
        note = text("map.pca_note", share=f"{100 * placing.shares.sum():.0f}")
    else:
        placing, note = _compute_tsne(key, sight.values, place), text("map.tsne_note")
    if sight.same is not None:
        return placing.points, placing.points[sight.same], note
    return placing.points, placing.place(sight.own[np.newaxis])[0], note


@st.cache_data(max_entries=16, show_spinner=False)
def _compute_pca(key: str, _values: np.ndarray) -> Pca:
    return compute_pca(_values)


def _compute_tsne(key: str, values: np.ndarray, place: DeltaGenerator) -> Tsne:
    """From the store, or computed under a progress bar; another choice meanwhile ends it."""
    maps = _tsne_maps()
    if key not in maps:
        words = text("map.tsne_working", count=f"{len(values):,}")

        def report(share: float) -> None:
            place.progress(share, text=words)

        report(0.0)
        found = compute_tsne(values, report)
        while len(maps) >= _KEPT:
            maps.pop(next(iter(maps)), None)
        maps[key] = found
    return maps[key]


@st.cache_resource(show_spinner=False)
def _tsne_maps() -> dict[str, Tsne]:
    return {}
