"""Training data of a fine-tuned run: the drawings, varied copies of them, and original images as rehearsal."""

from __future__ import annotations

import numpy as np

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.distortions import Distortion, distort_all
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import encode_labels, prepare_images, prepare_ink, to_data_format
from cnn_core.runs.fine_tuning import OwnImages
from cnn_core.training.arrays import Arrays

_SHIFT, _ROTATION, _SCALE, _THICKNESS = 1, 10, 10, 0.5  # the most of each: pixels, degrees, percent, pixels


def prepare_own_arrays(own: OwnImages, dataset: Dataset | None, experiment: Experiment) -> Arrays:
    """Without a dataset nothing is rehearsed, the drawings held out are watched, and there is no test set."""
    training, classes = experiment.training, len(DATASETS[experiment.dataset].class_names)
    rng = np.random.default_rng(training.seed)
    x, labels = _copy(own, experiment, rng)
    judges, judge_labels = own.prepare(experiment, held_out=True)
    judges = to_data_format(judges, experiment.architecture.data_format)
    x_test, test_labels = judges, judge_labels
    if dataset is not None:
        chosen = rng.permutation(len(dataset.x_train))[: own.settings.settings.rehearsal]
        x = np.concatenate([x, _prepare(dataset.x_train[chosen], experiment)])
        labels = np.concatenate([labels, dataset.y_train[chosen]])
        x_test, test_labels = _prepare(dataset.x_test, experiment), dataset.y_test
    y, y_test = (encode_labels(truth, experiment, classes) for truth in (labels, test_labels))
    missing = tuple(sorted({*range(classes)} - {*labels.tolist()}))
    return Arrays(x, y, x_test, y_test, x_test, y_test, missing, has_test=dataset is not None)


def vary(ink: np.ndarray, copies: int, rng: np.random.Generator) -> np.ndarray:
    """Centerd ink float32 (28, 28), 0–1 → (copies, 28, 28): the first as it is, the others a little distorted."""
    distortions = [Distortion()]
    for _ in range(copies - 1):
        shift_x, shift_y = (int(value) for value in rng.integers(-_SHIFT, _SHIFT + 1, 2))
        distortions.append(
            Distortion(
                shift_x=shift_x,
                shift_y=shift_y,
                rotation=int(rng.integers(-_ROTATION, _ROTATION + 1)),
                scale=100 + int(rng.integers(-_SCALE, _SCALE + 1)),
                thickness=float(rng.uniform(-_THICKNESS, _THICKNESS)),
            )
        )
    return distort_all(ink[..., np.newaxis], distortions)[..., 0]


def _copy(own: OwnImages, experiment: Experiment, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    settings, learned = own.settings.settings, ~own.is_held_out
    inks = own.images[learned].astype(np.float32) / 255
    copied = [
        vary(ink, settings.copies, rng) if settings.vary else np.repeat(ink[None], settings.copies, 0) for ink in inks
    ]
    inputs = [prepare_ink(ink, experiment) for ink in np.concatenate(copied)]
    x = to_data_format(np.concatenate(inputs), experiment.architecture.data_format)
    return x, np.repeat(own.labels[learned], settings.copies)


def _prepare(images: np.ndarray, experiment: Experiment) -> np.ndarray:
    return prepare_images(images, experiment.training.input_scaling, experiment.architecture.data_format)
