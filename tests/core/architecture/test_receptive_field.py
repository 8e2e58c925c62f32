"""The receptive field of a row, against the input pixels that a real model's gradient reaches."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from random_networks import FLATTENING, FOR_PICTURES, random_layer

from cnn_core import ArchitectureSpec, build_model, compute_anatomy
from cnn_core.architecture.layers import AveragePooling2D, Conv2D, Dense, Dropout, Flatten
from cnn_core.errors import SpecError

NETWORKS = 60
SLIDING = [kind for kind in FOR_PICTURES if kind not in (*FLATTENING, "SpatialDropout2D", "MaxPooling2D")]
WIDEST_INPUT = 160
# With a few channels, the gradient of a 1×1 convolution with strides writes past its memory (TensorFlow 2.21, oneDNN).
CHANNELS = 16


def random_sliding_network(rng):
    """Two to five layers that slide a window and nothing else, on an input so large that no edge cuts the field."""
    while True:
        layers = [random_layer(rng, kind) for kind in rng.choices(SLIDING, k=rng.randint(2, 5))]
        for layer in layers:
            layer |= {key: value for key, value in TAME.items() if key in layer}
        spec = ArchitectureSpec.model_validate(
            {"input_shape": (WIDEST_INPUT, WIDEST_INPUT, CHANNELS), "layers": layers}
        )
        try:
            last = compute_anatomy(spec).rows[-1]
        except SpecError:
            continue
        side = 2 * last.receptive_field + 8 * last.stride
        if side <= WIDEST_INPUT:
            data_format = rng.choice(("channels_last", "channels_first"))
            return spec.with_input((side, side + 3, CHANNELS)).model_copy(update={"data_format": data_format})


TAME = {"activation": "linear", "filters": CHANNELS, "depth_multiplier": 1, "l2": 0.0}


def seen_pixels(model, data_format, places):
    """Per place of each layer's output: the first and the last row and column of pixels with a gradient."""
    first = data_format == "channels_first"
    probe = keras.Model(model.inputs, [model.get_layer(name).output for name in places])
    x = tf.Variable(tf.ones((1, *model.input_shape[1:])))
    with tf.GradientTape(persistent=True) as tape:
        outputs = probe(x, training=False)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        picked = [
            [value[0, 0, *place] if first else value[0, *place, 0] for place in chosen]
            for value, chosen in zip(outputs, places.values(), strict=True)
        ]
    for values in picked:
        yield [extent(tape.gradient(value, x).numpy()[0], first) for value in values]


def extent(gradient, first):
    reached = (gradient != 0).any(axis=0 if first else -1)
    rows, columns = np.flatnonzero(reached.any(axis=1)), np.flatnonzero(reached.any(axis=0))
    return rows[0], rows[-1], columns[0], columns[-1]


@pytest.mark.parametrize("seed", range(NETWORKS))
def test_an_interior_cell_has_the_receptive_field_and_stride_of_its_row(seed):
    spec = random_sliding_network(random.Random(seed))
    model = build_model(spec)
    for layer in model.layers:
        for weight in layer.weights:
            if weight.name.endswith("kernel"):
                weight.assign(tf.ones(weight.shape))
    rows = compute_anatomy(spec).rows
    names = [f"{row.name}_out" if row.kind == "ResidualBlock" else row.name for row in rows]
    middles = [(row.output_shape[0] // 2, row.output_shape[1] // 2) for row in rows]
    places = {name: ((y, x), (y + 1, x + 1)) for name, (y, x) in zip(names, middles, strict=True)}
    for row, (one, other) in zip(rows, seen_pixels(model, spec.data_format, places), strict=True):
        top, bottom, left, right = one
        assert (bottom - top + 1, right - left + 1) == (row.receptive_field, row.receptive_field), (row, spec)
        assert (other[0] - top, other[2] - left) == (row.stride, row.stride), (row, spec)
        assert top > 0, "no edge may cut what is measured"
        assert bottom < spec.input_shape[0] - 1, "no edge may cut what is measured"
    keras.backend.clear_session()


def test_pass_through_layers_keep_the_receptive_field_and_dense_layers_end_it():
    layers = (Conv2D(), AveragePooling2D(), Dropout(), Flatten(), Dense(units=4))
    rows = compute_anatomy(ArchitectureSpec(layers=layers)).rows
    assert [row.receptive_field for row in rows] == [3, 4, 4, 4, None]
    assert [row.stride for row in rows] == [1, 2, 2, 2, None]
