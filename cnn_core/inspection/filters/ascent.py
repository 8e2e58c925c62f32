"""Gradient ascent on a network's input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

_SLOPE = 0.05  # how much a cell below zero counts, so that a filter that is silent at first can wake up


def trace_ascent(probe: Probe, model: keras.Model, convolution: str, maps: str) -> tuple[Any, Any]:
    """Two functions: steps of the ascent for pixels (1, H, W, C) of 0–1, and the largest value of a filter's map."""
    import keras
    import tensorflow as tf

    scale = 255.0 if probe.experiment.training.input_scaling == "raw" else 1.0
    layer = model.get_layer(maps)
    inner = keras.Model(model.inputs[0], [layer.input, layer.output])
    unactivated = _without_activation(layer) if convolution == maps else None

    def read(inputs: Any, number: Any, before: bool) -> Any:
        received, values = inner(inputs, training=False)
        if before and hasattr(layer, "activation"):
            values = received if unactivated is None else unactivated(received)
        return tf.gather(tf.cast(values, tf.float32), number, axis=3)

    def step_up(pixels: Any, number: Any, shift: Any, weights: Any) -> Any:
        rate, greyness, smoothness = weights[0], weights[1], weights[2]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(pixels)
            inputs = tf.roll(pixels, shift, (1, 2)) * scale
            values = read(inputs, number, True)
            everywhere = tf.reduce_mean(tf.nn.leaky_relu(values, _SLOPE))
            peak = tf.reduce_max(values)
            grey = tf.reduce_sum((pixels - 0.5) ** 2)
            variation = tf.reduce_sum(tf.image.total_variation(pixels))
        uphill = _even(tape.gradient(everywhere, pixels)) + _even(tape.gradient(peak, pixels))
        pull = greyness * tape.gradient(grey, pixels) + smoothness * tape.gradient(variation, pixels)
        return tf.clip_by_value(pixels + rate * (uphill - pull), 0.0, 1.0)

    @tf.function(reduce_retracing=True)
    def climb(pixels: Any, number: Any, shifts: Any, weights: Any) -> Any:
        for shift in shifts:  # a loop inside TensorFlow: Python is not asked at every step
            pixels = step_up(pixels, number, shift, weights)
        return pixels

    @tf.function(reduce_retracing=True)
    def look(inputs: Any, number: Any) -> Any:
        return tf.reduce_max(read(inputs, number, False))

    return climb, look


def _even(gradient: Any) -> Any:
    """Scales to a root mean square of 1; zero stays zero."""
    import tensorflow as tf

    return gradient / (tf.sqrt(tf.reduce_mean(gradient**2)) + 1e-12)


def _without_activation(layer: keras.layers.Layer) -> Any:
    """A convolution with the same weights, as they are at each call, and no activation."""
    bare = type(layer).from_config({**layer.get_config(), "activation": "linear"})
    bare.build(layer.input.shape)

    def call(inputs: Any) -> Any:
        outputs, _ = bare.stateless_call([v.value for v in layer.trainable_variables], [], inputs)
        return outputs

    return call
