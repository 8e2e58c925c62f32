"""The arithmetic of random cells of random networks, against what Keras computes.

CNN_LAB_CELLS sets how many cells are looked at; 10,000 take about half a minute.
"""

import json
import os
import time
from collections import Counter
from itertools import count
from typing import get_args

import keras
import numpy as np
import pytest
from opened_networks import open_network, random_spec

from cnn_core import find_recipe
from cnn_core.architecture.layers import (
    LAYER_TYPES,
    Activate,
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
)
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.inspection.microscope.explain import explain
from cnn_core.inspection.model.graph import OpenLayer, strongest_cell

CHUNKS, FEWEST = 4, 8  # networks of each chunk, at least
CELLS = int(os.environ.get("CNN_LAB_CELLS", "300"))
FORMATS = ["channels_last", "channels_first"]


def open_small(*layers, data_format="channels_last", seed=0, input_shape=(9, 7, 2)):
    layers, values, *_ = open_network(
        ArchitectureSpec(layers=layers, input_shape=input_shape, data_format=data_format), seed
    )
    return layers, values


def random_cell(rng, values):
    return tuple(int(rng.integers(size)) for size in values.shape)


def explained_cells(first_seed, cells):
    """(layer, explanation) of two random cells of every layer, from network to network."""
    done = 0
    for seed in count(first_seed):
        rng = np.random.default_rng(seed)
        layers, values, *_ = open_network(random_spec(seed), seed)
        for layer in layers:
            for _ in range(2):
                yield layer, explain(layers, values, layer.name, random_cell(rng, values[layer.name]))
                done += 1
        if done >= cells and seed >= first_seed + FEWEST:
            break
    keras.backend.clear_session()


def resum(stages):
    """The value that the parts as spelt out give; each stage's own value is checked on the way."""
    value = None
    for stage in stages:
        value = PARTS[stage.kind](stage, value)
        if stage.value is not None:
            assert value == pytest.approx(stage.value, rel=1e-6, abs=1e-9), stage.kind
    return value


def resum_windows(stage, _):
    for window in stage.windows:
        assert window.partial == pytest.approx((window.values.astype(float) * window.kernel).sum(), abs=1e-12)
        assert not window.values[~window.inside].any()
    return sum(window.partial for window in stage.windows)


def resum_terms(stage, _):
    for term in stage.terms:
        assert term.product == pytest.approx(term.value * term.weight)
    return sum(term.product for term in stage.terms) + stage.rest_sum


def keras_activation(stage, before):
    assert before is None or before == pytest.approx(stage.before, rel=1e-6, abs=1e-9)
    return float(getattr(keras.activations, stage.name)(np.array([stage.before], np.float64))[0])


PARTS = {
    "windows": resum_windows,
    "terms": resum_terms,
    "bias": lambda stage, before: before + stage.bias,
    "activation": keras_activation,
    "softmax": lambda stage, _: np.exp(stage.logits - stage.logits.max())[stage.index] / stage.powers.sum(),
    "normalize": lambda s, _: s.gamma * (s.before - s.mean) / (s.variance + s.epsilon) ** 0.5 + s.beta,
    "maximum": lambda stage, _: stage.window.values[stage.window.inside].max(),
    "mean": lambda stage, _: stage.window.values[stage.window.inside].mean(dtype=float),
    "sum": lambda stage, _: sum(summand.value for summand in stage.summands),
    "same": lambda stage, _: stage.value,
}


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_arithmetic_of_a_cell_matches_keras(chunk):
    for layer, found in explained_cells(10_000 * chunk, CELLS // CHUNKS):
        assert found.agrees, (layer, found)
        assert found.computed == pytest.approx(found.value, rel=1e-4, abs=1e-5)
        assert found.computed == found.stages[-1].value
        assert resum(found.stages) == pytest.approx(found.computed, rel=1e-6, abs=1e-9)
        json.dumps(found.to_dict(), allow_nan=False)


def test_the_random_cells_cover_every_layer_type():
    specs = [random_spec(10_000 * chunk + i) for chunk in range(CHUNKS) for i in range(120)]
    kinds = Counter((layer.kind, spec.data_format) for spec in specs for layer in spec.layers)
    assert set(kinds) == {(kind, data_format) for kind in LAYER_TYPES for data_format in FORMATS}


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("name", get_args(Activation))
def test_every_activation_matches_keras(name, data_format):
    layers, values = open_small(
        Conv2D(filters=3, activation=name),
        Activate(activation=name),
        SeparableConv2D(filters=2, kernel_size=2, activation=name),
        Flatten(),
        Dense(units=5, activation=name),
        data_format=data_format,
    )
    rng = np.random.default_rng(1)
    for layer in layers:
        for _ in range(5):
            assert explain(layers, values, layer.name, random_cell(rng, values[layer.name])).agrees, layer.name


def test_a_convolution_has_one_window_per_input_channel_with_padding_marked():
    layers, values = open_small(Conv2D(filters=3, kernel_size=3, padding="same", activation="relu"))
    found = explain(layers, values, "conv1", (0, 6, 1))
    assert [stage.kind for stage in found.stages] == ["windows", "bias", "activation"]
    first, second = found.stages[0].windows
    assert (first.source, first.channel, second.channel) == ("input", 0, 1)
    assert (first.rows, first.columns) == ((-1, 0, 1), (5, 6, 7))
    assert first.inside.tolist() == [[False, False, False], [True, True, False], [True, True, False]]
    assert np.array_equal(first.values[1:, :2], values["input"][0:2, 5:7, 0])
    assert np.array_equal(second.kernel, layers[1].weights[0][:, :, 1, 1])
    assert found.stages[1].bias == layers[1].weights[1][1]


def test_a_dilated_window_skips_rows_and_columns():
    layers, values = open_small(Conv2D(kernel_size=3, dilation_rate=2))
    window = explain(layers, values, "conv1", (1, 2, 0)).stages[0].windows[0]
    assert (window.rows, window.columns) == ((1, 3, 5), (2, 4, 6))


def test_an_even_window_has_extra_padding_at_the_bottom_right():
    layers, values = open_small(Conv2D(kernel_size=2, padding="same"), input_shape=(4, 4, 1))
    assert explain(layers, values, "conv1", (0, 0, 0)).stages[0].windows[0].rows == (0, 1)
    assert explain(layers, values, "conv1", (3, 3, 0)).stages[0].windows[0].rows == (3, 4)


def test_a_depthwise_convolution_reads_one_channel():
    layers, values = open_small(DepthwiseConv2D(depth_multiplier=3))
    (window,) = explain(layers, values, "depthwise1", (0, 0, 4)).stages[0].windows
    assert window.channel == 1
    assert np.array_equal(window.kernel, layers[1].weights[0][:, :, 1, 1])


def test_a_separable_convolution_is_depthwise_then_pointwise():
    layers, values = open_small(SeparableConv2D(filters=4, use_bias=False))
    windows, terms = explain(layers, values, "separable1", (0, 0, 3)).stages
    assert (windows.kind, windows.value, len(windows.windows)) == ("windows", None, 2)
    assert {term.index: term.value for term in terms.terms} == {
        i: pytest.approx(window.partial) for i, window in enumerate(windows.windows)
    }


def test_a_pooling_window_has_its_maximum_and_its_number_of_cells():
    layers, values = open_small(
        MaxPooling2D(pool_size=2, padding="same", name="best"),
        AveragePooling2D(pool_size=3, strides=1, padding="same", name="mean"),
    )
    (maximum,) = explain(layers, values, "best", (1, 1, 0)).stages
    seen = values["input"][2:4, 2:4, 0]
    row, column = maximum.winner
    assert values["input"][row, column, 0] == seen.max() == maximum.value
    (mean,) = explain(layers, values, "mean", (0, 0, 1)).stages
    assert mean.count == 4
    assert mean.window.kernel is None


def test_max_pooling_ignores_padding_among_negative_cells():
    layers, values = open_small(MaxPooling2D(pool_size=3, strides=1, padding="same"))
    values = {name: -1 - array for name, array in values.items()}
    (maximum,) = explain(layers, values, "pool1", (0, 0, 0)).stages
    assert maximum.value < -1
    assert maximum.winner[0] >= 0


def test_global_pooling_is_the_mean_of_a_whole_map():
    layers, values = open_small(GlobalAveragePooling2D())
    (mean,) = explain(layers, values, "global_pool1", (1,)).stages
    assert (mean.count, mean.window.values.shape) == (63, (9, 7))


def test_batch_normalization_lists_its_four_parameters_and_epsilon():
    layers, values = open_small(BatchNormalization())
    (stage,) = explain(layers, values, "norm1", (2, 3, 1)).stages
    gamma, beta, mean, variance = (float(weight[1]) for weight in layers[1].weights)
    assert (stage.gamma, stage.beta, stage.mean, stage.variance) == (gamma, beta, mean, variance)
    assert stage.epsilon == 1e-3


@pytest.mark.parametrize("data_format", FORMATS)
def test_terms_of_a_dense_layer_link_to_cells_of_the_map(data_format):
    layers, values = open_small(Conv2D(filters=3), Dropout(), Flatten(), Dense(units=4), data_format=data_format)
    terms, _ = explain(layers, values, "dense1", (2,), shown=5).stages
    assert len(terms.terms) == 5
    assert terms.rest_count == len(values["flatten1"]) - 5
    sizes = [abs(term.product) for term in terms.terms]
    assert sizes == sorted(sizes, reverse=True)
    for term in terms.terms:
        assert (term.source, term.origin) == ("flatten1", "conv1")
        assert values["conv1"][term.cell] == values["flatten1"][term.index] == np.float32(term.value)


@pytest.mark.parametrize("data_format", FORMATS)
def test_a_flattened_unit_is_copied_from_its_cell(data_format):
    layers, values = open_small(Flatten(), data_format=data_format)
    for unit in range(values["flatten1"].size):
        (stage,) = explain(layers, values, "flatten1", (unit,)).stages
        assert values["input"][stage.cell] == values["flatten1"][unit] == np.float32(stage.value)


def test_the_input_is_copied_from_nothing():
    layers, values = open_small(Flatten())
    (stage,) = explain(layers, values, "input", (0, 0, 0)).stages
    assert (stage.kind, stage.source, stage.cell) == ("same", None, None)


def test_a_softmax_shows_every_class_and_their_sum():
    layers, values = open_small(Flatten(), Dense(units=4, activation="softmax"))
    *_, softmax = explain(layers, values, "dense1", (2,)).stages
    assert softmax.cells == ((0,), (1,), (2,), (3,))
    assert softmax.powers / softmax.total == pytest.approx(values["dense1"], rel=1e-4)
    assert softmax.powers.max() == 1


def test_a_softmax_over_maps_uses_the_last_axis_of_keras():
    """Its channels with channels last; its columns with channels first, where Keras's last axis holds those."""
    for data_format, axis in (("channels_last", 2), ("channels_first", 1)):
        layers, values = open_small(Conv2D(filters=3, activation="softmax"), data_format=data_format)
        assert values["conv1"].sum(axis=axis) == pytest.approx(1, abs=1e-5)
        *_, softmax = explain(layers, values, "conv1", (1, 2, 0)).stages
        assert [cell[axis] for cell in softmax.cells] == list(range(values["conv1"].shape[axis]))


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D"])
def test_channels_first_bias_is_added_as_in_keras(kind):
    filters = {} if kind == "DepthwiseConv2D" else {"filters": 2}
    layer = LAYER_TYPES[kind](name="conv", **filters)
    layers, values = open_small(layer, data_format="channels_first", input_shape=(9, 4, 2))
    assert values["conv"].shape == (7, 2, 2)
    for cell in np.ndindex(7, 2, 2):
        found = explain(layers, values, "conv", cell)
        assert found.agrees
        assert found.stages[-1].index == cell[1]


def test_a_value_that_differs_from_its_arithmetic_is_reported():
    layers, values = open_small(Flatten(), Dense(units=4))
    wrong = {**values, "dense1": values["dense1"] + 1e-2}
    assert not explain(layers, wrong, "dense1", (0,)).agrees


def test_non_finite_numbers_become_none():
    layers, values = open_small(Conv2D(), Flatten(), Dense(units=4, activation="softmax"))
    broken = {name: np.full_like(array, np.nan) for name, array in values.items()}
    for name in ("conv1", "dense1"):
        found = explain(layers, broken, name, (0,) * broken[name].ndim)
        assert found.agrees
        assert found.to_dict()["computed"] is None
        json.dumps(found.to_dict(), allow_nan=False)


def test_half_precision_layers_agree_within_their_precision():
    from cnn_core.training.compilation import computing_in

    with computing_in("mixed_bfloat16"):
        layers, values = open_small(Conv2D(filters=3, activation="relu"), Flatten(), Dense(units=4))
    assert layers[1].compute_dtype == "bfloat16"
    for cell in np.ndindex(*values["conv1"].shape):
        assert explain(layers, values, "conv1", cell).agrees


def test_an_unknown_layer_type_is_named():
    layers, values = open_small(Flatten())
    layers = (layers[0], OpenLayer("flatten1", "Lambda", ("input",)))
    with pytest.raises(ValueError, match="flatten1: the arithmetic of a Lambda layer is not known"):
        explain(layers, values, "flatten1", (0,))


def test_explaining_a_cell_with_64_input_channels_is_fast():
    spec = find_recipe("R2").experiment.architecture
    layers, values, *_ = open_network(spec, 0)
    assert layers[5].weights[0].shape == (3, 3, 64, 64)
    cell = strongest_cell(values["conv3"])
    explain(layers, values, "conv3", cell)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        explain(layers, values, "conv3", cell)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.002
