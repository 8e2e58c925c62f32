"""The pieces that the parameter formula is drawn from add up to what Keras counts."""

import random

import pytest
from random_networks import random_valid_network

from cnn_core import RECIPES, compute_anatomy
from cnn_core.architecture.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, SeparableConv2D

WITH_FORMULA = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "BatchNormalization"}


def layers_of_networks():
    rng = random.Random(11)
    specs = [recipe.experiment.architecture for recipe in RECIPES] + [random_valid_network(rng) for _ in range(150)]
    for spec in specs:
        yield from zip(spec.layers, compute_anatomy(spec).rows, strict=True)


def test_the_parts_of_every_layer_add_up_to_its_parameters():
    seen = set()
    for layer, row in layers_of_networks():
        parts = layer.split_parameters(row.input_shape)
        if row.kind in WITH_FORMULA:
            seen.add(row.kind)
            assert parts.parameters == row.parameters, (layer, row.input_shape)
        else:
            assert parts is None
    assert seen == WITH_FORMULA


def test_a_convolution_is_filters_that_each_hold_a_grid_for_every_channel_and_a_bias():
    parts = Conv2D(filters=64, kernel_size=3).split_parameters((11, 11, 32))
    assert parts.quantities == {"channels": 32, "kernel_size": 3, "filters": 64}
    assert parts.parameters == (32 * 3 * 3 + 1) * 64 == 18_496


@pytest.mark.parametrize(
    ("layer", "shape", "parameters"),
    [
        (Conv2D(filters=4, kernel_size=5, use_bias=False), (9, 9, 2), 2 * 25 * 4),
        (SeparableConv2D(filters=8, kernel_size=3), (9, 9, 2), 2 * 9 + (2 + 1) * 8),
        (Dense(units=10), (64,), 650),
        (BatchNormalization(), (9, 9, 6), 24),
    ],
)
def test_parameters_of_other_layers_match_values_computed_by_hand(layer, shape, parameters):
    assert layer.split_parameters(shape).parameters == parameters


@pytest.mark.parametrize("layer", [Flatten(), MaxPooling2D()])
def test_a_layer_without_weights_has_no_parts(layer):
    assert layer.split_parameters((4, 4, 2)) is None
