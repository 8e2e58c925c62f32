"""Metrics of predictions: confusion matrix, per-class metrics, losses, most confident mistakes.

Pure NumPy. `labels` and `predicted` are (N,) class indices from 0; `probabilities` is (N, classes), each row summing
to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_TINY = float(np.finfo(np.float32).tiny)  # in place of a probability of 0, whose logarithm is infinite


@dataclass(frozen=True)
class ClassFigures:
    """Per-class metrics; NaN where undefined (no image of the class, or none predicted).

    `recall` is the accuracy of a class: the share of its images that are recognized. `precision` is the share of right
    ones among all that were called so. `support` counts its images.
    """

    recall: np.ndarray
    precision: np.ndarray
    support: np.ndarray


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): labels in rows, predictions in columns."""
    cells = labels.astype(np.int64) * classes + predicted.astype(np.int64)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def compute_class_figures(matrix: np.ndarray) -> ClassFigures:
    """Per-class metrics from a confusion matrix with labels in rows."""
    right, support, called = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    with np.errstate(invalid="ignore"):
        return ClassFigures(right / support, right / called, support)


def accuracy_by_class(matrix: np.ndarray) -> np.ndarray:
    """Recall per class (classes,); NaN for a class without images."""
    return compute_class_figures(matrix).recall


def compute_accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Fraction of correct predictions; NaN without any."""
    return float(np.mean(labels == predicted)) if len(labels) else float("nan")


def find_surest_mistakes(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Indices of the wrong predictions, the most confident one first. Rows that are not numbers come last."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != labels)
    confidence = np.nan_to_num(probabilities[wrong, predicted[wrong]], nan=-1.0)
    return wrong[np.argsort(-confidence, kind="stable")]


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean of −ln p(true class), without clipping, as in Keras for a softmax output."""
    return float(_surprise(probabilities[np.arange(len(labels)), labels]).mean())


def mean_squared_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Mean over images and classes of (p − one-hot label)²."""
    classes = probabilities.shape[1]
    return float(np.mean((probabilities.astype(np.float64) - np.eye(classes)[labels]) ** 2))


def compute_loss(probabilities: np.ndarray, labels: np.ndarray, loss: str, label_smoothing: float = 0.0) -> float:
    """The loss of Keras's name `loss`, as it is trained on, without the penalties that layers may add.

    `label_smoothing` s moves s/classes of each label to every class; only with categorical_crossentropy.
    """
    if loss == "mse":
        return mean_squared_error(probabilities, labels)
    plain = cross_entropy(probabilities, labels)  # one-hot labels have no entropy: kl_divergence is the same
    if not label_smoothing:
        return plain
    return (1 - label_smoothing) * plain + label_smoothing * float(_surprise(probabilities).mean())


def find_confusions(matrix: np.ndarray) -> list[tuple[int, int, int]]:
    """(true class, predicted class, images) of every kind of mistake that was made, the most frequent first."""
    mistakes = matrix - np.diag(np.diag(matrix))
    order = np.argsort(-mistakes, axis=None, kind="stable")[: np.count_nonzero(mistakes)]
    cells = (divmod(int(cell), len(matrix)) for cell in order)
    return [(true, predicted, int(matrix[true, predicted])) for true, predicted in cells]


def _surprise(probabilities: np.ndarray) -> np.ndarray:
    """float64 −ln p."""
    return -np.log(np.maximum(probabilities.astype(np.float64), _TINY))
