"""Target of a loss for one label."""

from __future__ import annotations

from cnn_core.experiment.training import TrainingConfig


def make_target(label: int, classes: int, training: TrainingConfig) -> int | list[float]:
    """The class index itself for `sparse_categorical_crossentropy`, else `classes` numbers that sum to 1.

    With label smoothing s the true class keeps 1 − s + s / classes, as in Keras (Szegedy et al. 2015).
    """
    if training.loss == "sparse_categorical_crossentropy":
        return label
    share = training.label_smoothing / classes
    return [share + (1 - training.label_smoothing) * (index == label) for index in range(classes)]
