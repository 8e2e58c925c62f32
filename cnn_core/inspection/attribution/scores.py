"""A class's score as a function that can be differentiated: the ground that the explanations of an answer stand on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from cnn_core.errors import ModelError

if TYPE_CHECKING:
    import keras

BATCH = 128  # inputs at once where a gradient is taken: every layer's output is kept meanwhile


class Scores:
    """The score of each class: its logit where the last layer is a softmax, else its output.

    The softmax of a sure network is flat: its gradients vanish, and they also say what would hurt the other classes.
    The logit, the number before it, has neither fault (Simonyan et al. 2013, section 3). Functions are traced once
    per network and follow its weights when those change.
    """

    def __init__(self, model: keras.Model) -> None:
        import keras
        import tensorflow as tf

        self._last = model.layers[-1]
        # No reference to `model` itself is kept: the cache below lets go of it when nobody else needs it.
        self._inputs, self._layers = model.input, {layer.name: layer for layer in model.layers}
        self._keras, self._tf = keras, tf
        self._signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
        self.are_logits = is_softmax(self._last)
        self._traced: dict[str, Callable[..., Any]] = {}

    def values(self, inputs: np.ndarray) -> np.ndarray:
        """float32 prepared inputs (N, …) → scores float32 (N, classes)."""
        return np.asarray(self._function("values")(inputs))

    def gradients(self, inputs: np.ndarray, target: int) -> np.ndarray:
        """d score of class `target` / d input, float32 of the shape of `inputs` (N, …)."""
        function = self._function("gradients")
        batches = (inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH))
        return np.concatenate([np.asarray(function(batch, np.int32(target))) for batch in batches])

    def at_layer(self, name: str, inputs: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """A layer's output (N, …) and the gradient of the score of class `target` with respect to it, both float32."""
        maps, gradients = self._function("at_layer", name)(inputs, np.int32(target))
        return np.asarray(maps), np.asarray(gradients)

    def outputs(self, name: str, inputs: np.ndarray) -> np.ndarray:
        """A layer's output, float32 (N, H, W, C) or (N, units)."""
        return np.asarray(self._function("outputs", name)(inputs))

    def _function(self, kind: str, name: str = "") -> Callable[..., Any]:
        with _lock:
            key = f"{kind} {name}"
            if key not in self._traced:
                build = {
                    "values": self._trace_values,
                    "gradients": self._trace_gradients,
                    "at_layer": lambda: self._trace_at_layer(name),
                    "outputs": lambda: self._trace_outputs(name),
                }[kind]
                self._traced[key] = build()
            return self._traced[key]

    def _before_softmax(self) -> Any:
        """The tensor from which `_score` computes the scores."""
        return self._last.input if self.are_logits else self._last.output

    def _score(self, tensor: Any) -> Any:
        tf = self._tf
        tensor = tf.cast(tensor, tf.float32)  # in mixed precision it is not
        if self.are_logits and hasattr(self._last, "kernel"):  # a dense layer with the softmax inside
            tensor = tf.matmul(tensor, tf.cast(self._last.kernel, tf.float32))
            if self._last.use_bias:
                tensor += tf.cast(self._last.bias, tf.float32)
        return tf.reshape(tensor, (tf.shape(tensor)[0], -1))

    def _trace_values(self) -> Callable[..., Any]:
        inner = self._keras.Model(self._inputs, self._before_softmax())
        return self._tf.function(lambda x: self._score(inner(x, training=False)), input_signature=[self._signature])

    def _trace_gradients(self) -> Callable[..., Any]:
        tf, inner = self._tf, self._keras.Model(self._inputs, self._before_softmax())

        @tf.function(input_signature=[self._signature, tf.TensorSpec((), tf.int32)])
        def gradients(x: Any, target: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                score = self._score(inner(x, training=False))[:, target]
            return tape.gradient(score, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

        return gradients

    def _trace_at_layer(self, name: str) -> Callable[..., Any]:
        tf = self._tf
        inner = self._keras.Model(self._inputs, [self._layers[name].output, self._before_softmax()])

        @tf.function(input_signature=[self._signature, tf.TensorSpec((), tf.int32)])
        def at_layer(x: Any, target: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(x)
                maps, before = inner(x, training=False)
                score = self._score(before)[:, target]
            gradients = tape.gradient(score, maps, unconnected_gradients=tf.UnconnectedGradients.ZERO)
            return tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)

        return at_layer

    def _trace_outputs(self, name: str) -> Callable[..., Any]:
        tf, inner = self._tf, self._keras.Model(self._inputs, self._layers[name].output)
        return tf.function(lambda x: tf.cast(inner(x, training=False), tf.float32), input_signature=[self._signature])


def is_softmax(layer: Any) -> bool:
    """Whether a layer ends in a softmax whose logits can be had."""
    import keras

    if isinstance(layer, keras.layers.Softmax):
        return True
    is_plain = isinstance(layer, (keras.layers.Dense, keras.layers.Activation))
    return is_plain and layer.activation is keras.activations.softmax


_lock = threading.RLock()
_cache: WeakKeyDictionary[Any, Scores] = WeakKeyDictionary()


def scores_of(model: keras.Model) -> Scores:
    """The model's scores, traced once for as long as the model lives; later weights of the same model count at once."""
    with _lock:
        scores = _cache.get(model)
        if scores is None:
            scores = _cache[model] = Scores(model)
        return scores


def check_target(model: keras.Model, inputs: np.ndarray, target: int) -> None:
    """Raises `ModelError` unless `inputs` is a single prepared input and `target` one of the classes."""
    classes = int(model.output_shape[-1])
    if not 0 <= target < classes:
        raise ModelError(
            "There is no class {target}: this network has {classes}, counted from 0. Choose one of them.",
            target=target,
            classes=classes,
        )
    if inputs.shape != (1, *model.input_shape[1:]):
        wanted = (1, *model.input_shape[1:])
        raise ModelError(
            "One input {wanted} can be explained at a time, received {shape}. Pass inputs[:1].",
            wanted=wanted,
            shape=inputs.shape,
        )
