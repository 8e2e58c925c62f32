"""Out-of-distribution detection by the feature distance to training images.

A softmax only divides 1 among the classes that there are; it can't say "none of them". The distance to the nearest
training images can (Sun et al. 2022, "Out-of-distribution detection with deep nearest neighbors"). It is measured in
what the last layers are given, and judged by how far test images, which the network has not seen either, lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.architecture.layers import traits_of
from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, OFFLINE_DATASET, DatasetName
from cnn_core.data.datasets.load import is_available, load_dataset
from cnn_core.errors import DataError, ModelError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.attribution.scores import compute_outputs
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.model.walk import Progress, find_sources, input_name, traced

if TYPE_CHECKING:
    pass

TRAINING_IMAGES, TEST_IMAGES = 5_000, 4_000
UNLIKE = 0.975  # of the test images lie nearer: what lies farther than they is called unlike the training images
_JUDGED_BY = 3  # nearest training images whose mean distance counts: one alone may be an odd one
_WIDEST = 640  # features of a layer; of more, random mixtures, which keep distances (Johnson, Lindenstrauss 1984)
_BATCH = 500


@dataclass(frozen=True)
class Reference:
    """Reference features float32 (N, D) of training images `indices` (N,) with `labels`.

    `distances` float32 (M,), sorted, are those of the test images. `dataset` is the one they all come from.
    """

    dataset: DatasetName
    layers: tuple[str, ...]
    features: np.ndarray
    indices: np.ndarray
    labels: np.ndarray
    distances: np.ndarray

    @property
    def limit(self) -> float:
        """Distance above which an input is out of distribution."""
        return float(np.quantile(self.distances, UNLIKE))


@dataclass(frozen=True)
class Novelty:
    """`distance` of an input, and the share (0–1) of test images that lie `nearer` to the training images.

    The nearest training images come first: their `indices` in the training set, `labels` and `distances` (k,).
    """

    distance: float
    nearer: float
    is_unlike: bool
    indices: np.ndarray
    labels: np.ndarray
    distances: np.ndarray


def measure_novelty(probe: Probe, inputs: np.ndarray, reference: Reference, count: int = 8) -> Novelty:
    """For one prepared input (1, …), with its `count` nearest training images."""
    away = _distances(_features(probe, reference.layers, inputs), reference.features)[0]
    order = np.argsort(away, kind="stable")[: max(count, _JUDGED_BY)]
    distance = float(away[order[:_JUDGED_BY]].mean())
    order = order[:count]
    return Novelty(
        distance,
        nearer=float(np.searchsorted(reference.distances, distance) / len(reference.distances)),
        is_unlike=distance > reference.limit,
        indices=reference.indices[order],
        labels=reference.labels[order],
        distances=away[order],
    )


def prepare_reference(probe: Probe, dataset: Dataset | None = None, on_progress: Progress | None = None) -> Reference:
    """Computes the reference once per probe. Raises `DataError` if no dataset fits, and `ModelError`."""
    return traced(probe, "novelty", lambda _: _build(probe, dataset, on_progress))


def find_dataset(experiment: Experiment) -> DatasetName:
    """The dataset the network learned from; for digits also the one that needs no download.

    Raises `DataError` where neither is on this computer or has images of another size.
    """
    own = DATASETS[experiment.dataset]
    if is_available(own.name):
        return own.name
    other = DATASETS[OFFLINE_DATASET]
    if own.holds_digits and other.image_shape == experiment.architecture.input_shape:
        return other.name
    raise DataError(
        "{title} is not on this computer, so nothing can be compared with it. Download it first.", title=own.title
    )


def _build(probe: Probe, dataset: Dataset | None, on_progress: Progress | None) -> Reference:
    experiment = probe.experiment
    data = dataset or load_dataset(find_dataset(experiment))
    layers = _telling_layers(probe)
    train, test = _draw(len(data.x_train), TRAINING_IMAGES), _draw(len(data.x_test), TEST_IMAGES)
    images = np.concatenate([data.x_train[train], data.x_test[test]])
    parts = []
    for start in range(0, len(images), _BATCH):
        batch = images[start : start + _BATCH]
        inputs = prepare_images(batch, experiment.training.input_scaling)
        parts.append(_features(probe, layers, inputs))
        if on_progress:
            on_progress(min(1.0, (start + _BATCH) / len(images)))
    features = np.concatenate(parts)
    if not np.isfinite(probe.predict_inputs(inputs[:1])).all() or not np.isfinite(features).all():
        raise ModelError("The network's outputs are not numbers: its training diverged. Choose another model.")
    known, held_out = features[: len(train)], features[len(train) :]
    nearest = [
        np.partition(_distances(held_out[start : start + _BATCH], known), _JUDGED_BY - 1, axis=1)[:, :_JUDGED_BY]
        for start in range(0, len(held_out), _BATCH)
    ]
    away = np.sort(np.concatenate(nearest).mean(axis=1))
    return Reference(data.info.name, layers, known, train, data.y_train[train], away)


def _draw(total: int, count: int) -> np.ndarray:
    """Indices in order, the same ones each time."""
    return np.sort(np.random.default_rng(0).choice(total, min(count, total), replace=False))


def _telling_layers(probe: Probe) -> tuple[str, ...]:
    """The layers whose outputs are compared: what the last dense layer is given, and the one before it, if there is.

    The last one knows the classes, and little that it does not need for them; the one before still knows more.
    """
    sources = find_sources(probe.model)
    dense = [layer.name for layer in probe.model.layers if traits_of(type(layer).__name__).arithmetic == "dense"][-2:]
    if not dense:  # a network may end in maps that are averaged
        dense = [layer.name for layer in probe.model.layers if layer.weights][-1:]
    found = [sources[name][0] for name in dense if sources[name][0] != input_name(probe.model)]
    if not found:
        raise ModelError("This network has no layer between its input and its answer. Choose one with more layers.")
    return tuple(dict.fromkeys(found))


def _features(probe: Probe, layers: tuple[str, ...], inputs: np.ndarray) -> np.ndarray:
    """float32 (N, D): each layer's output at length 1, so that its direction counts and all layers count alike."""
    blocks = []
    for output in compute_outputs(probe, layers, inputs):
        block = output.reshape(len(inputs), -1)
        if block.shape[1] > _WIDEST:
            block = block @ _mixing(block.shape[1])
        blocks.append(block / np.maximum(np.linalg.norm(block, axis=1, keepdims=True), 1e-12))
    return np.concatenate(blocks, axis=1).astype(np.float32)


@lru_cache(maxsize=4)
def _mixing(width: int) -> np.ndarray:
    """float32 (width, _WIDEST), the same each time."""
    mixing = np.random.default_rng(0).standard_normal((width, _WIDEST), dtype=np.float32)
    return mixing / np.float32(np.sqrt(_WIDEST))


def _distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Euclidean, float32 (N, M), between the rows of two arrays (N, D) and (M, D)."""
    # For one row BLAS would wake all cores, whose threads then spin for 50 ms and stall other sessions.
    products = np.einsum("nd,md->nm", some, others) if len(some) == 1 else some @ others.T
    squares = (some**2).sum(axis=1)[:, np.newaxis] + np.einsum("nd,nd->n", others, others) - 2 * products
    return np.asarray(np.sqrt(np.maximum(squares, 0)))
