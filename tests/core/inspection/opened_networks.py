"""Random networks with random weights and statistics, beside Keras's own outputs of every layer.

Outputs come from the model in its own data format and are then transposed; layers are read off its channels_last clone.
"""

import random

import keras
import numpy as np
from random_networks import random_layer, random_valid_network

from cnn_core import build_model
from cnn_core.architecture.channels_last import to_channels_last
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.inspection.model.graph import collect_values, open_layers
from cnn_core.inspection.model.probe import LayerOutput


def randomize(model, rng):
    """Random kernels, biases, scales, means and (positive) variances."""
    weights = []
    for variable in model.weights:
        drawn = rng.normal(0, 1, variable.shape)
        if variable.name == "moving_variance":
            drawn = 0.2 + np.abs(drawn)
        elif variable.name.endswith("kernel"):
            drawn *= 1.5 / np.sqrt(max(1, np.prod(variable.shape[:-1])))
        weights.append(drawn.astype(np.float32))
    model.set_weights(weights)
    return model


def read_layers(model, spec):
    """The layers of the model, or of its channels_last clone."""
    return open_layers(to_channels_last(model) if spec.data_format == "channels_first" else model)


def read_values(layers, model, inputs, data_format):
    """Values by layer name, channels_last, computed by the model itself for inputs in its own format."""
    first = inputs.transpose(0, 2, 3, 1) if data_format == "channels_first" else inputs
    return collect_values(layers, run_keras(model, inputs, data_format), first)


def run_keras(model, inputs, data_format):
    """Every layer's output as `Probe.inspect` gives it, without its tracing."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    outputs = keras.Model(model.inputs, [layer.output for layer in layers])([inputs], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    first = data_format == "channels_first"
    arrays = [np.asarray(output)[0] for output in outputs]
    return [
        LayerOutput(layer.name, type(layer).__name__, a.transpose(1, 2, 0) if first and a.ndim == 3 else a)
        for layer, a in zip(layers, arrays, strict=True)
    ]


def make_inputs(spec, rng):
    """float32 (1, …) in the model's own format."""
    picture = rng.random((1, *spec.input_shape), dtype=np.float32)
    return np.ascontiguousarray(picture.transpose(0, 3, 1, 2)) if spec.data_format == "channels_first" else picture


def open_network(spec, seed):
    """(layers, values, model, inputs) of a spec with random weights and a random image."""
    rng = np.random.default_rng(seed)
    model = randomize(build_model(spec), rng)
    inputs = make_inputs(spec, rng)
    layers = read_layers(model, spec)
    return layers, read_values(layers, model, inputs, spec.data_format), model, inputs


def random_spec(seed):
    """A network that fits; every third one has a residual block."""
    rng = random.Random(seed)
    spec = random_valid_network(rng)
    if seed % 3:
        return spec
    block = random_layer(rng, "ResidualBlock")
    return ArchitectureSpec(
        input_shape=rng.choice(((9, 8, 2), (12, 11, 1))),
        data_format=rng.choice(("channels_last", "channels_first")),
        layers=[block, random_layer(rng, "BatchNormalization"), {"kind": "Flatten"}, random_layer(rng, "Dense")],
    )
