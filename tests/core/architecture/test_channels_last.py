"""The channels_last clone of a channels_first model, against the outputs and gradients of the model itself."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from random_networks import random_valid_network

from cnn_core import ArchitectureSpec, Probe, build_model, find_recipe
from cnn_core.architecture.channels_last import to_channels_last
from cnn_core.architecture.layers import (
    Activate,
    Conv2D,
    DepthwiseConv2D,
    Flatten,
    ResidualBlock,
    SeparableConv2D,
)


def last(values):
    """(N, C, H, W) → (N, H, W, C); other arrays as they are."""
    values = np.asarray(values)
    return values.transpose(0, 2, 3, 1) if values.ndim == 4 else values


def randomized(spec, seed=0):
    model, generator = build_model(spec), np.random.default_rng(seed)
    model.set_weights([np.abs(w) + generator.random(w.shape) for w in model.get_weights()])
    return model


def outputs_of(model, inputs):
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    found = keras.Model(model.inputs, [layer.output for layer in layers])([inputs], training=False)
    found = found if isinstance(found, (list, tuple)) else [found]
    return {layer.name: np.asarray(values) for layer, values in zip(layers, found, strict=True)}


def check_same_outputs(spec, seed=0):
    model = randomized(spec, seed)
    twin = to_channels_last(model)
    x = np.random.default_rng(seed).random((2, *spec.input_shape), np.float32)
    before, after = outputs_of(model, x.transpose(0, 3, 1, 2)), outputs_of(twin, x)
    assert list(before) == list(after)
    for name, values in before.items():
        assert np.allclose(last(values), after[name], rtol=1e-4, atol=1e-5, equal_nan=True), (spec, name)
    return model, twin


@pytest.mark.parametrize("seed", range(25))
def test_every_layer_of_a_random_network_gives_the_same_outputs_transposed(seed):
    spec = random_valid_network(random.Random(seed)).model_copy(update={"data_format": "channels_first"})
    check_same_outputs(spec, seed)
    keras.backend.clear_session()


@pytest.mark.parametrize(
    "layer",
    [
        Activate(activation="softmax"),
        Conv2D(filters=3, activation="softmax"),
        Conv2D(filters=4),
        SeparableConv2D(filters=4, activation="relu"),
        DepthwiseConv2D(depth_multiplier=2, activation="softmax"),
        ResidualBlock(filters=6, activation="softmax"),
    ],
)
def test_layers_along_the_last_axis_still_work_along_columns(layer):
    spec = ArchitectureSpec(layers=(layer,), input_shape=(9, 6, 2), data_format="channels_first")
    _, twin = check_same_outputs(spec)
    assert any(getattr(layer, "along_columns", False) for layer in twin.layers)
    assert {type(layer).__name__ for layer in twin.layers} == {
        type(layer).__name__ for layer in build_model(spec).layers
    }


def test_kernels_keep_their_shapes_and_the_model_keeps_its_weights_and_layers():
    spec = ArchitectureSpec(
        layers=(Conv2D(filters=3, kernel_size=2), Flatten()), input_shape=(8, 6, 2), data_format="channels_first"
    )
    model = randomized(spec)
    before = model.get_weights()
    twin = to_channels_last(model)
    assert [w.shape for w in twin.get_weights()] == [(2, 2, 2, 3), (3,)]
    twin.set_weights([w + 1 for w in twin.get_weights()])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert model.input_shape == (None, 2, 8, 6)
    assert twin.input_shape == (None, 8, 6, 2)


@pytest.mark.parametrize("filters", [3, 4])  # 4: as many as there are columns
def test_gradients_are_the_same_too(filters):
    layers = (Conv2D(filters=filters, activation="tanh"), Flatten())
    spec = ArchitectureSpec(layers=layers, input_shape=(8, 6, 2), data_format="channels_first")
    model = randomized(spec)
    x = np.random.default_rng(1).random((1, 8, 6, 2), np.float32)
    found = []
    for network, inputs in ((model, x.transpose(0, 3, 1, 2)), (to_channels_last(model), x)):
        with tf.GradientTape() as tape:
            score = tf.reduce_sum(network(inputs)[0, :10])
        found.append([np.asarray(g) for g in tape.gradient(score, [w.value for w in network.trainable_weights])])
    assert all(np.allclose(a, b, atol=1e-5) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("short", ["R1", "R4"])
def test_a_probe_of_a_channels_first_recipe_predicts_as_its_model(short):
    experiment = find_recipe(short).experiment
    model = build_model(experiment.architecture)
    probe = Probe(model, experiment)
    x = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    assert np.allclose(probe.predict_inputs(x), model.predict(x.transpose(0, 3, 1, 2), verbose=0), atol=1e-6)
    for output in probe.inspect(x):
        inner = keras.Model(model.inputs, model.get_layer(output.name).output)
        assert np.allclose(output.values, last(inner(x[:1].transpose(0, 3, 1, 2)))[0], atol=1e-5)
