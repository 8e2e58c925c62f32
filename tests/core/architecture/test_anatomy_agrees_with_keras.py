"""Shapes, parameters and multiplications of random networks, against the models Keras makes of them.

CNN_LAB_NETWORKS sets how many are built; the 2,100 there are take some two minutes.
"""

import os
import random
from collections import Counter
from math import prod

import keras
import pytest
from random_networks import INPUT_SHAPES, random_valid_network

from cnn_core import build_model, compute_anatomy
from cnn_core.architecture.layers import LAYER_TYPES

CHUNKS, NETWORKS_EACH = 10, 210
BUILT = int(os.environ.get("CNN_LAB_NETWORKS", "210")) // NETWORKS_EACH


def networks(seed):
    rng = random.Random(seed)
    return [random_valid_network(rng) for _ in range(NETWORKS_EACH)]


def channels_last(shape, data_format):
    """Without the batch axis, (H, W, C)."""
    shape = tuple(shape[1:])
    return (*shape[1:], shape[0]) if data_format == "channels_first" and len(shape) == 3 else shape


def count_weights(weights):
    return sum(prod(weight.shape) for weight in weights)


def count_macs(layer, data_format):
    """By the layer's own kernels: each of their numbers is multiplied once per place of the window."""
    kernels = [w for w in layer.weights if w.name.rsplit("/")[-1].endswith("kernel")]
    places = prod(channels_last(layer.output.shape, data_format)[:-1])
    return places * count_weights(kernels)


def layers_of(model, row):
    """The Keras layers of one row: one, or a residual block's parts with the one it ends in last."""
    if row.kind != "ResidualBlock":
        return [model.get_layer(row.name)]
    parts = [layer for layer in model.layers if layer.name.startswith(f"{row.name}_")]
    return sorted(parts, key=lambda layer: layer.name == f"{row.name}_out")


@pytest.mark.parametrize("seed", range(BUILT))
def test_random_networks_have_the_shapes_and_parameters_of_keras(seed):
    for spec in networks(seed):
        model = build_model(spec)
        seen = 1  # the input
        for row in compute_anatomy(spec).rows:
            built = layers_of(model, row)
            seen += len(built)
            facts = (
                channels_last(built[-1].output.shape, spec.data_format),
                sum(layer.count_params() for layer in built),
                sum(count_weights(layer.non_trainable_weights) for layer in built),
                sum(count_macs(layer, spec.data_format) for layer in built),
            )
            assert facts == (row.output_shape, row.parameters, row.non_trainable, row.macs), (row, spec)
        assert seen == len(model.layers)
        assert compute_anatomy(spec).parameters == model.count_params()
    keras.backend.clear_session()


def test_random_networks_cover_every_layer_type():
    specs = [spec for seed in range(CHUNKS) for spec in networks(seed)]
    assert len({spec.model_dump_json() for spec in specs}) >= 2_000
    kinds = Counter((layer.kind, spec.data_format, spec.input_shape) for spec in specs for layer in spec.layers)
    wanted = {
        (kind, data_format, shape)
        for kind in LAYER_TYPES
        for data_format in ("channels_last", "channels_first")
        for shape in INPUT_SHAPES
    }
    assert set(kinds) == wanted
    assert min(kinds.values()) >= 20
