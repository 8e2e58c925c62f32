"""Class scores as differentiable functions of the input: what attribution methods and adversarial attacks build on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.inspection.model.walk import read_outputs, traced

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

BATCH = 128  # inputs per gradient computation, which keeps every layer's output


class Scores:
    """The score of each class: its logit if the last layer is a softmax, else its output.

    The softmax of a confident network is flat: its gradients vanish, and they also depend on the other classes' scores.
    The logit has neither problem (Simonyan et al. 2013, section 3). Functions are traced once per probe and follow its
    weights when those change.

    Example:
        >>> Scores(probe).gradients(inputs, target=3).shape
        (1, 28, 28, 1)
    """

    def __init__(self, probe: Probe) -> None:
        self._probe = probe
        self.are_logits = is_softmax(probe.model.layers[-1])

    def values(self, inputs: np.ndarray) -> np.ndarray:
        """float32 prepared inputs (N, H, W, C) → scores float32 (N, classes)."""
        return np.asarray(traced(self._probe, "score values", _trace_values)(inputs))

    def gradients(self, inputs: np.ndarray, target: int) -> np.ndarray:
        """d score of class `target` / d input, float32 of the shape of `inputs` (N, H, W, C)."""
        function = traced(self._probe, "score gradients", _trace_gradients)
        batches = (inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH))
        return np.concatenate([np.asarray(function(batch, np.int32(target))) for batch in batches])

    def at_layer(self, name: str, inputs: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
        """A layer's output (N, …) and the gradient of the score of class `target` by it, both float32."""
        function = traced(self._probe, ("score at layer", name), lambda model: _trace_at_layer(model, name))
        maps, gradients = function(inputs, np.int32(target))
        return np.asarray(maps), np.asarray(gradients)


def compute_outputs(probe: Probe, names: tuple[str, ...], inputs: np.ndarray) -> list[np.ndarray]:
    """The outputs of several layers for prepared inputs (N, H, W, C), each float32 (N, H, W, C) or (N, units)."""
    return [
        np.asarray(output) for output in traced(probe, ("outputs", names), lambda m: _trace_outputs(m, names))(inputs)
    ]


def score_function(model: keras.Model) -> Callable[[Any], Any]:
    """A function from an input tensor (N, H, W, C) to scores float32 (N, classes), for use inside a `tf.function`."""
    import keras

    inner = keras.Model(model.inputs[0], _before_softmax(model))
    return lambda x: _score(model, inner(x, training=False))


def is_softmax(layer: Any) -> bool:
    """Whether a layer ends in a softmax whose logits can be computed."""
    import keras

    if isinstance(layer, keras.layers.Softmax):
        return True
    is_plain = isinstance(layer, (keras.layers.Dense, keras.layers.Activation))
    return is_plain and layer.activation is keras.activations.softmax


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


def _before_softmax(model: keras.Model) -> Any:
    """The symbolic tensor from which `_score` computes the scores."""
    last = model.layers[-1]
    return last.input if is_softmax(last) else last.output


def _score(model: keras.Model, tensor: Any) -> Any:
    import tensorflow as tf

    last = model.layers[-1]
    tensor = tf.cast(tensor, tf.float32)  # it is not in mixed precision
    if is_softmax(last) and hasattr(last, "kernel"):  # a dense layer with softmax as its activation
        tensor = tf.matmul(tensor, tf.cast(last.kernel, tf.float32))
        if last.use_bias:
            tensor += tf.cast(last.bias, tf.float32)
    return tf.reshape(tensor, (tf.shape(tensor)[0], -1))


def _signature(model: keras.Model) -> Any:
    import tensorflow as tf

    return tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)


def _trace_values(model: keras.Model) -> Callable[..., Any]:
    import tensorflow as tf

    return tf.function(score_function(model), input_signature=[_signature(model)])


def _trace_gradients(model: keras.Model) -> Callable[..., Any]:
    import tensorflow as tf

    scores_of = score_function(model)

    @tf.function(input_signature=[_signature(model), tf.TensorSpec((), tf.int32)])
    def gradients(x: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = scores_of(x)[:, target]
        return tape.gradient(score, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return gradients


def _trace_at_layer(model: keras.Model, name: str) -> Callable[..., Any]:
    import keras
    import tensorflow as tf

    inner = keras.Model(model.inputs[0], [model.get_layer(name).output, _before_softmax(model)])

    @tf.function(input_signature=[_signature(model), tf.TensorSpec((), tf.int32)])
    def at_layer(x: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            maps, before = inner(x, training=False)
            score = _score(model, before)[:, target]
        gradients = tape.gradient(score, maps, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return tf.cast(maps, tf.float32), tf.cast(gradients, tf.float32)

    return at_layer


def _trace_outputs(model: keras.Model, names: tuple[str, ...]) -> Callable[..., Any]:
    import tensorflow as tf

    return tf.function(read_outputs(model, names), input_signature=[_signature(model)], autograph=False)
