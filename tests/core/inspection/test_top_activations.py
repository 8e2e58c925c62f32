"""The images that excite a filter most, and what it sees of them: against brute force and against gradients."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from filter_networks import conv, end, images, maps_of, opened
from random_networks import random_valid_network

from cnn_core import build_model
from cnn_core.architecture.channels_last import to_channels_last
from cnn_core.inspection.filters.kernels import list_kernels
from cnn_core.inspection.filters.receptive_field import find_receptive_field
from cnn_core.inspection.filters.top_activations import find_exciting


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_images_values_and_positions_match_brute_force(data_format):
    probe = opened([conv("a", 4, padding="same"), conv("b", 3, strides=2), *end()], (14, 11, 2), data_format)
    x = images(probe, 230)  # more than a batch
    found = find_exciting(probe, "b", x, top=5)
    maps = maps_of(probe, "b", x)
    for f in range(3):
        peaks = maps[..., f].max(axis=(1, 2))
        order = np.argsort(-peaks, kind="stable")[:5]
        assert np.allclose(found.values[f], peaks[order], atol=1e-5)
        for image, value, (row, column) in zip(found.images[f], found.values[f], found.places[f], strict=True):
            assert np.isclose(maps[image, row, column, f], value, atol=1e-5)


def test_progress_ends_at_one_and_results_are_limited_by_images():
    probe = opened([conv("a", 4), *end()])
    seen = []
    assert find_exciting(probe, "a", images(probe, 3), top=8, on_progress=seen.append).images.shape == (4, 3)
    assert seen == [1.0]


def test_a_box_is_the_convolution_window_clipped_at_the_edge():
    model = build_model_of([conv("a", 1, kernel_size=5, padding="same")])
    reach = find_receptive_field(model, "a")
    boxes = reach.boxes(np.array([[0, 0], [6, 6], [11, 3]]), (12, 12))
    assert boxes.tolist() == [[0, 0, 3, 3], [4, 4, 9, 9], [9, 1, 12, 6]]


def build_model_of(layers):
    return opened([*layers, *end()]).model


@pytest.mark.parametrize("seed", range(6, 12))
def test_pixels_outside_the_box_do_not_affect_the_cell(seed):
    rng = random.Random(200 + seed)
    while True:
        spec = random_valid_network(rng)
        model = build_model(spec)
        kernels = [k for k in list_kernels(model) if k.maps]
        if kernels:
            break
    first = spec.data_format == "channels_first"
    maps = kernels[-1].maps
    inner = keras.Model(model.inputs, model.get_layer(maps).output)
    x = tf.Variable(np.random.default_rng(seed).random((1, *model.input_shape[1:]), np.float32))
    shape = inner.output_shape[2:] if first else inner.output_shape[1:3]
    row, column = (rng.randrange(n) for n in shape)
    with tf.GradientTape() as tape:
        out = inner(x, training=False)
        cell = tf.reduce_sum(out[:, :, row, column] if first else out[:, row, column, :])
    moved = np.abs(tape.gradient(cell, x).numpy()[0]).sum(axis=0 if first else 2) > 0
    top, left, bottom, right = find_receptive_field(to_channels_last(model) if first else model, maps).boxes(
        np.array([row, column]), spec.input_shape[:2]
    )
    moved[top:bottom, left:right] = False
    assert not moved.any()


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_the_box_is_tight_for_positive_weights(padding):
    layers = [
        conv("a", 1, "linear", kernel_size=4, strides=2, padding=padding),
        {"kind": "AveragePooling2D", "pool_size": 3, "strides": 1, "padding": padding},
        conv("b", 1, "linear", kernel_size=2, dilation_rate=2, padding=padding),
    ]
    probe = opened(layers, (23, 26, 1))
    for layer in probe.model.layers:
        layer.set_weights([np.abs(w) + 0.1 for w in layer.get_weights()])
    inner = keras.Model(probe.model.inputs, probe.model.get_layer("b").output)
    x = tf.Variable(images(probe, 1))
    for row, column in ((0, 0), (2, 3), tuple(n - 1 for n in inner.output_shape[1:3])):
        with tf.GradientTape() as tape:
            cell = inner(x)[0, row, column, 0]
        rows, columns = np.nonzero(tape.gradient(cell, x).numpy()[0, :, :, 0])
        box = find_receptive_field(probe.model, "b").boxes(np.array([row, column]), (23, 26))
        assert box.tolist() == [rows.min(), columns.min(), rows.max() + 1, columns.max() + 1]


def test_a_layer_without_maps_has_no_position():
    with pytest.raises(ValueError, match="no maps"):
        find_receptive_field(opened([conv("a", 1), *end()]).model, "flatten1")
