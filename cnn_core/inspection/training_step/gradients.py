"""Gradients of the loss of one input with respect to every trainable weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.experiment.training import Loss
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.model.walk import traced

if TYPE_CHECKING:
    import keras


def list_trained_weights(opened: Probe | keras.Model) -> dict[str, dict[str, tuple[int, ...]]]:
    """Layer → weight → shape, of what training changes: {"conv1": {"kernel": (3, 3, 1, 32), "bias": (32,)}}."""
    model = model_of(opened)
    shapes = {layer.name: {w.name: tuple(w.shape) for w in layer.trainable_weights} for layer in model.layers}
    return {name: weights for name, weights in shapes.items() if weights}


@dataclass(frozen=True, eq=False)
class Gradients:
    """For one input: `outputs` float32 (classes,), its `loss`, the layers' `penalty`.

    `by_variable` has the gradient of loss and penalty by id(variable), each shaped as its variable.
    """

    outputs: np.ndarray
    loss: float
    penalty: float
    by_variable: dict[int, np.ndarray]

    @property
    def length(self) -> float:
        """Of all of them as one vector: what `clip_norm` looks at."""
        squares = (float(np.square(g, dtype=np.float64).sum()) for g in self.by_variable.values())
        return float(np.sqrt(sum(squares)))


def differentiate(opened: Probe | keras.Model, name: Loss, inputs: np.ndarray, target: int | list[float]) -> Gradients:
    """For one prepared input (1, …), the loss Keras's `name` for what `make_target` gives; a probe is traced once."""
    model = model_of(opened)
    if isinstance(opened, Probe):
        measure = traced(opened, ("loss gradients", name), lambda model: _trace(model, name))
    else:
        measure = _trace(model, name)
    target_type = np.int32 if isinstance(target, int) else np.float32
    outputs, loss, penalty, found = measure(inputs[:1], np.array([target], target_type))
    by_variable = {id(w): np.asarray(g) for w, g in zip(model.trainable_weights, found, strict=True)}
    return Gradients(np.asarray(outputs)[0], float(loss), float(penalty), by_variable)


def _trace(model: keras.Model, name: Loss) -> Callable[..., Any]:
    """Traced, as training is.

    Eagerly, TensorFlow 2.21 with oneDNN crashes at the gradient by the input of a convolution with a 1×1 kernel and
    strides, as the way around a residual block has them.
    """
    import keras
    import tensorflow as tf

    loss_of: Any = keras.losses.get(name)
    variables = [weight.value for weight in model.trainable_weights]

    @tf.function
    def measure(inputs: Any, targets: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = tf.cast(model(inputs, training=False), tf.float32)  # as `fit` measures it, also at 16 bits
            loss = tf.reduce_mean(loss_of(targets, outputs))
            penalty = tf.add_n([tf.cast(p, tf.float32) for p in model.losses]) if model.losses else tf.constant(0.0)
            total = loss + penalty
        zero = tf.UnconnectedGradients.ZERO
        return outputs, loss, penalty, tape.gradient(total, variables, unconnected_gradients=zero)

    return measure


def find_weight(model: keras.Model, layer: str, weight: str) -> Any:
    """A trained variable. Raises `ValueError` where there is none of that name."""
    trained = list_trained_weights(model)
    if weight not in trained.get(layer, {}):
        known = ", ".join(f"{name}: {' and '.join(weights)}" for name, weights in trained.items()) or "none"
        raise ValueError(f"No weight {weight!r} of a layer {layer!r} is trained; choose one of {known}.")
    return next(w for w in model.get_layer(layer).trainable_weights if w.name == weight)


def check_index(layer: str, weight: str, shape: tuple[int, ...], index: Sequence[int]) -> tuple[int, ...]:
    """The index as plain integers. Raises `ValueError` where the weight has no such place."""
    place = tuple(int(i) for i in index)
    if len(place) != len(shape) or not all(0 <= i < size for i, size in zip(place, shape, strict=True)):
        raise ValueError(f"{weight} of {layer} has no place {place}; its shape is {shape}.")
    return place


def model_of(opened: Probe | keras.Model) -> keras.Model:
    return opened.model if isinstance(opened, Probe) else opened
