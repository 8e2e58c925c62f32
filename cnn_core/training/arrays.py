"""Training arrays of an experiment: fraction, validation split, label noise, label encoding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.handwriting.synthetic import add_synthetic_samples
from cnn_core.errors import SpecError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import encode_labels, prepare_images
from cnn_core.experiment.training import TrainingConfig


@dataclass(frozen=True)
class Arrays:
    """x float32 prepared; y float32 one-hot (N, classes), or int32 (N,) for `sparse_categorical_crossentropy`.

    `x_watched` is what `val_` figures are measured on: the held-out images, or the test set itself. Without `has_test`
    there is no test set: a fine-tuned run whose dataset is not at hand.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_watched: np.ndarray
    y_watched: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    missing_classes: tuple[int, ...] = ()
    class_weight: dict[int, float] | None = None
    has_test: bool = True


def prepare_arrays(dataset: Dataset, experiment: Experiment) -> Arrays:
    """Raises `SpecError` where dataset, architecture and training config do not fit each other."""
    training, classes = experiment.training, len(dataset.info.class_names)
    outputs = experiment.architecture.layers[-1]
    if getattr(outputs, "units", classes) != classes:
        raise SpecError(
            "{name}: {title} has {classes} classes; give the last layer {classes} units.",
            name=outputs.name,
            title=dataset.info.title,
            classes=classes,
        )
    used = training.count_used(len(dataset.x_train))
    samples = training.count_samples(len(dataset.x_train))
    if training.validation_split and samples == used:
        raise SpecError(
            "A validation split of {split:g} of {used} images holds none out. Raise it, or use a larger "
            "share of the training data.",
            split=training.validation_split,
            used=used,
        )
    images, truth = _take(dataset, training, used)
    noisy = add_label_noise(truth[:samples], training, classes)
    x = prepare_images(images, training.input_scaling, experiment.architecture.data_format)
    y = encode_labels(np.concatenate([noisy, truth[samples:]]), experiment, classes)
    x_test = prepare_images(dataset.x_test, training.input_scaling, experiment.architecture.data_format)
    y_test = encode_labels(dataset.y_test, experiment, classes)
    held_out = (x[samples:], y[samples:]) if training.validation_split else (x_test, y_test)
    counts = np.bincount(noisy, minlength=classes)
    return Arrays(
        x[:samples],
        y[:samples],
        *held_out,
        x_test,
        y_test,
        missing_classes=tuple(sorted({*range(classes)} - {*truth[:samples].tolist()})),
        class_weight=balance(counts) if training.class_weight == "balanced" else None,
    )


def _take(dataset: Dataset, training: TrainingConfig, used: int) -> tuple[np.ndarray, np.ndarray]:
    """The images that are used, other hands first, and their class indices."""
    own = training.synthetic_samples
    images, labels = dataset.x_train[: used - own], dataset.y_train[: used - own]
    if not own:
        return images, labels
    if not dataset.info.holds_digits:
        raise SpecError(
            "Pictures of other hands are digits, and {title} has none. Set them to 0, or choose MNIST.",
            title=dataset.info.title,
        )
    return add_synthetic_samples(images, labels, own, training.seed)


def add_label_noise(labels: np.ndarray, training: TrainingConfig, classes: int) -> np.ndarray:
    """Class indices (N,) of which a share of `label_noise`, drawn with the run's seed, became another class."""
    if not training.label_noise:
        return labels
    rng = np.random.default_rng(training.seed)
    wrong = rng.random(len(labels)) < training.label_noise
    return np.where(wrong, (labels + rng.integers(1, classes, len(labels))) % classes, labels)


def balance(counts: np.ndarray) -> dict[int, float]:
    """Images by class → weights N / (classes · count), as scikit-learn's "balanced"; 1 for a class without images."""
    weights = counts.sum() / (len(counts) * np.maximum(counts, 1))
    return {i: float(weights[i]) if counts[i] else 1.0 for i in range(len(counts))}
