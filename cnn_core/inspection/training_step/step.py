"""Loss of one input, and one SGD update of one weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.architecture.layers import traits_of
from cnn_core.experiment.optimizers import SGD
from cnn_core.experiment.targets import make_target
from cnn_core.experiment.training import TrainingConfig
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.training_step.gradients import check_index, differentiate, find_weight, model_of

if TYPE_CHECKING:
    import keras

_EPSILON = 1e-7  # keras.config.epsilon(): what kl_divergence cuts probabilities off at
_TINY = float(np.finfo(np.float32).tiny)
_CROSS_ENTROPIES = ("categorical_crossentropy", "sparse_categorical_crossentropy")


@dataclass(frozen=True, eq=False)
class LearningStep:
    """One weight before and after an SGD step on one input: after = before − rate · scale · gradient.

    `target` float64 (classes,) is what the loss compares `probabilities` float32 (classes,) with, label smoothing in
    it. `terms` float64 (classes,) is each class's part of `loss`, the number Keras computes; they sum to it unless a
    probability is so small that it is stored as 0. `errors` (classes,) is probability − target, the gradient of the
    loss by the inputs of the softmax; None where loss and last layer have another one. `penalty` is what the layers'
    L2 adds to the loss, and `gradient` is of both. `scale` is below 1 where `clip_norm` shortens the step. `optimizer`
    is the run's. `differences` names what the run's own steps do otherwise: optimizer, schedule, class_weight, dropout,
    batch_norm, augmentation, precision.
    """

    layer: str
    weight: str
    index: tuple[int, ...]
    label: int
    target: np.ndarray
    probabilities: np.ndarray
    terms: np.ndarray
    errors: np.ndarray | None
    loss: float
    penalty: float
    before: float
    gradient: float
    rate: float
    scale: float
    after: float
    optimizer: str
    differences: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the run itself, given a batch of this one input, would change the weight like this."""
        return not self.differences


def explain_step(
    opened: Probe | keras.Model,
    training: TrainingConfig,
    inputs: np.ndarray,
    label: int,
    layer: str,
    index: Sequence[int],
    weight: str = "kernel",
    rate: float | None = None,
) -> LearningStep:
    """What one step on one prepared input float32 (1, …) would do to `weight[index]` of a layer. Changes nothing.

    The network is asked as in use: no dropout, no augmentation, and batch normalization by its moving statistics.
    `rate` is the learning rate at that moment, the run's first one if left out. Raises `ValueError` for a weight or a
    class that is not there.
    """
    model = model_of(opened)
    variable = find_weight(model, layer, weight)
    place = check_index(layer, weight, tuple(variable.shape), index)
    classes = int(model.output_shape[-1])
    if not 0 <= label < classes:
        raise ValueError(f"The network has no class {label}; choose one from 0 to {classes - 1}.")
    asked = make_target(label, classes, training)
    found = differentiate(opened, training.loss, inputs, asked)
    gradient, outputs = float(found.by_variable[id(variable)][place]), found.outputs
    before = float(np.asarray(variable)[place])
    rate = training.learning_rate if rate is None else rate
    scale = min(1.0, training.clip_norm / found.length) if training.clip_norm and found.length else 1.0
    target = np.eye(classes)[label] if isinstance(asked, int) else np.array(asked)
    return LearningStep(
        layer=layer,
        weight=weight,
        index=place,
        label=label,
        target=target,
        probabilities=outputs,
        terms=_split_loss(outputs, target, training.loss),
        errors=outputs - target if training.loss in _CROSS_ENTROPIES and _ends_in_softmax(model) else None,
        loss=found.loss,
        penalty=found.penalty,
        before=before,
        gradient=gradient,
        rate=rate,
        scale=scale,
        after=before - rate * scale * gradient,
        optimizer=training.optimizer.kind,
        differences=_find_differences(model, training),
    )


def _split_loss(outputs: np.ndarray, target: np.ndarray, loss: str) -> np.ndarray:
    """Each class's part of Keras's loss for one sample."""
    p = outputs.astype(np.float64)
    if loss == "mse":
        return (p - target) ** 2 / len(p)
    if loss == "kl_divergence":
        y, p = np.clip(target, _EPSILON, 1), np.clip(p, _EPSILON, 1)
        return y * np.log(y / p)
    return np.where(target > 0, -target * np.log(np.maximum(p, _TINY)), 0.0)


def _find_differences(model: keras.Model, training: TrainingConfig) -> tuple[str, ...]:
    optimizer = training.optimizer
    found: set[str] = {traits_of(type(layer).__name__).training_only for layer in model.layers}
    found.add("" if isinstance(optimizer, SGD) and not optimizer.momentum else "optimizer")
    found.add("" if training.schedule.is_constant else "schedule")
    found.add("" if training.class_weight == "none" else "class_weight")
    found.add("" if training.precision == "float32" else "precision")
    return tuple(sorted(found - {""}))


def _ends_in_softmax(model: keras.Model) -> bool:
    return getattr(getattr(model.layers[-1], "activation", None), "__name__", "") == "softmax"
