"""Test predictions of a run: recorded, or computed with its model or the weights of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.datasets.npz import UnreadableNpz, read_npz
from cnn_core.errors import ModelError
from cnn_core.evaluation.metrics import compute_accuracy, compute_loss, confusion_matrix
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.model.probe import Probe
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import load_snapshot

BATCH = 500  # images at once: a few hundred MB for the widest layers allowed
Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Predictions:
    """`probabilities` float32 (N, classes), `labels` int64 (N,) the truth; image i is test image i of the dataset."""

    probabilities: np.ndarray
    labels: np.ndarray

    @property
    def classes(self) -> int:
        return int(self.probabilities.shape[1])

    @cached_property
    def predicted(self) -> np.ndarray:
        """int64 (N,): the most probable class of each image."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def matrix(self) -> np.ndarray:
        """int64 (classes, classes): labels in rows, predictions in columns."""
        return confusion_matrix(self.labels, self.predicted, self.classes)

    @property
    def accuracy(self) -> float:
        return compute_accuracy(self.labels, self.predicted)

    @property
    def are_numbers(self) -> bool:
        """Whether all probabilities are finite; False after divergence."""
        return bool(np.isfinite(self.probabilities).all())

    def loss(self, experiment: Experiment) -> float:
        """Loss as in `evaluate`, without kernel penalties."""
        training = experiment.training
        smoothing = getattr(training, "label_smoothing", 0.0)
        return compute_loss(self.probabilities, self.labels, training.loss, smoothing)

    def belong_to(self, dataset: Dataset) -> bool:
        """Whether these are predictions for this test set."""
        return np.array_equal(self.labels, dataset.y_test)

    def find_cell(self, true: int, predicted: int) -> np.ndarray:
        """Indices of the images of one cell of the confusion matrix, those called so most surely first."""
        there = np.flatnonzero((self.labels == true) & (self.predicted == predicted))
        return there[np.argsort(-self.probabilities[there, predicted], kind="stable")]


def read_predictions(folder: RunFolder) -> Predictions | None:
    """Recorded predictions of the saved model, or None. Raises `ModelError`."""
    path = folder.predictions_path
    if not path.exists():
        return None
    try:
        arrays = read_npz(path, ("probabilities", "labels"))
        probabilities, labels = arrays["probabilities"], arrays["labels"]
    except (UnreadableNpz, KeyError) as error:
        raise _unusable(folder, ModelError("it can't be read")) from error
    if probabilities.ndim != 2 or len(probabilities) == 0 or probabilities.dtype.kind != "f":
        raise _unusable(
            folder,
            ModelError("it holds {found}, no probabilities", found=f"{probabilities.dtype} {probabilities.shape}"),
        )
    if labels.shape != probabilities.shape[:1] or labels.dtype.kind not in "iu":
        raise _unusable(
            folder,
            ModelError("it has {labels} labels for {images} images", labels=labels.size, images=len(probabilities)),
        )
    if labels.min() < 0 or labels.max() >= probabilities.shape[1]:
        raise _unusable(
            folder, ModelError("it has labels beyond its {classes} classes", classes=probabilities.shape[1])
        )
    return Predictions(probabilities.astype(np.float32), labels.astype(np.int64))


def _unusable(folder: RunFolder, why: ModelError) -> ModelError:
    return ModelError(
        "Run {run}: predictions.npz can't be used: {why}. Delete the file: the answers are then "
        "computed from the model.",
        run=folder.id,
        why=why,
    )


def compute_predictions(predict: Predict, experiment: Experiment, dataset: Dataset) -> Predictions:
    """Predicts all test images, which takes seconds; `predict` takes prepared inputs (see `Probe.predict_inputs`)."""
    return Predictions(predict_images(predict, dataset.x_test, experiment), dataset.y_test.astype(np.int64))


def predict_images(predict: Predict, images: np.ndarray, experiment: Experiment) -> np.ndarray:
    """uint8 images (N, H, W, C) → probabilities float32 (N, classes); `predict` takes prepared inputs."""
    scaling = experiment.training.input_scaling
    batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
    return np.concatenate([predict(prepare_images(batch, scaling)) for batch in batches])


def open_epoch(folder: RunFolder, epoch: int) -> Probe:
    """The model with the half-precision weights of an epoch (0: untrained). Raises `ModelError`; loads TensorFlow."""
    from cnn_core.architecture.builder import build_model

    weights = load_snapshot(folder.weights_dir, epoch)
    model = build_model(folder.experiment.architecture)
    try:
        model.set_weights(weights)
    except ValueError as error:
        raise ModelError(
            "The weights of epoch {epoch} are not those of this network. Train it again.", epoch=epoch
        ) from error
    return Probe(model, folder.experiment)


def name_classes(dataset: DatasetName, classes: int) -> tuple[str, ...]:
    """The dataset's class names; numbers for outputs that a network has beyond them."""
    names = DATASETS[dataset].class_names
    return names[:classes] + tuple(str(index) for index in range(len(names), classes))
