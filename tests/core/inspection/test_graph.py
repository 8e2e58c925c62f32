import keras
import numpy as np
import pytest
from opened_networks import open_network

from cnn_core import Probe, build_model, find_recipe
from cnn_core.architecture.layers import Activate, Conv2D, Dense, Flatten, MaxPooling2D, ResidualBlock
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.model.graph import (
    check_cell,
    collect_values,
    find_layer,
    open_layers,
    open_probe,
    shapes_of,
    strongest_cell,
)

FORMATS = ["channels_last", "channels_first"]


def spec_of(*layers, **more):
    return ArchitectureSpec(layers=layers, **{"input_shape": (8, 6, 2)} | more)


def test_layers_are_in_model_order_with_their_inputs():
    spec = spec_of(Conv2D(filters=3), MaxPooling2D(), Flatten(), Dense(units=4))
    layers = open_layers(build_model(spec))
    assert [(layer.name, layer.kind, layer.sources) for layer in layers] == [
        ("input", "InputLayer", ()),
        ("conv1", "Conv2D", ("input",)),
        ("pool1", "MaxPooling2D", ("conv1",)),
        ("flatten1", "Flatten", ("pool1",)),
        ("dense1", "Dense", ("flatten1",)),
    ]


@pytest.mark.parametrize("around", ["as it is", "through a 1×1 convolution"])
def test_a_residual_block_is_a_graph_with_two_paths(around):
    block = ResidualBlock(name="block", filters=2 if around == "as it is" else 3)
    layers = open_layers(build_model(spec_of(block)))
    sources = {layer.name: layer.sources for layer in layers}
    other = "input" if around == "as it is" else "block_shortcut"
    assert sources["block_add"] == ("block_norm2", other)
    assert sources["block_out"] == ("block_add",)
    assert sources["block_conv1"] == ("input",)


def test_weights_are_copies_that_training_does_not_change():
    model = build_model(spec_of(Conv2D(filters=3)))
    (_, conv) = open_layers(model)
    before = conv.weights[0].copy()
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert np.array_equal(conv.weights[0], before)


def test_the_input_is_renamed_when_a_layer_has_its_name():
    layers = open_layers(build_model(spec_of(Conv2D(name="input"), Activate(name="out"))))
    assert [layer.name for layer in layers] == ["input_", "input", "out"]
    assert layers[1].sources == ("input_",)


def test_a_second_use_of_a_layer_elsewhere_does_not_confuse_the_graph():
    model = build_model(spec_of(Conv2D(filters=3), Activate()))
    elsewhere = keras.Input((20, 20, 2))
    model.layers[1](elsewhere)
    assert [layer.sources for layer in open_layers(model)] == [(), ("input",), ("conv1",)]


@pytest.mark.parametrize("data_format", FORMATS)
def test_probe_outputs_are_values_by_name_with_channels_last(data_format):
    spec = spec_of(Conv2D(filters=3), Flatten(), Dense(units=4), input_shape=(8, 6, 2), data_format=data_format)
    experiment = find_recipe("R2").experiment.model_copy(update={"architecture": spec})
    probe = Probe(build_model(spec), experiment)
    picture = np.random.default_rng(0).integers(0, 256, (1, 8, 6, 2), np.uint8)
    inputs = prepare_images(picture, "unit")
    layers = open_probe(probe)
    values = collect_values(layers, probe.inspect(inputs), inputs)
    assert list(values) == [layer.name for layer in layers]
    assert shapes_of(values) == {"input": (8, 6, 2), "conv1": (6, 4, 3), "flatten1": (72,), "dense1": (4,)}
    assert np.array_equal(values["input"], picture[0].astype(np.float32) / 255)


def test_the_strongest_cell_is_the_first_of_largest_magnitude():
    values = np.zeros((2, 3, 2), np.float32)
    values[1, 0, 1] = -5
    values[1, 2, 0] = 5
    assert strongest_cell(values) == (1, 0, 1)
    assert strongest_cell(np.array([1.0, np.nan, -2.0])) == (2,)
    assert strongest_cell(np.zeros(3)) == (0,)


def test_an_unknown_layer_or_cell_is_an_error_that_lists_the_choices():
    layers, values, *_ = open_network(spec_of(Conv2D(filters=3)), 0)
    with pytest.raises(ValueError, match="No layer is called 'conv7'; choose one of input, conv1"):
        find_layer(layers, "conv7")
    for cell in ((6, 0, 0), (0, 0), (-1, 0, 0)):
        with pytest.raises(ValueError, match=r"conv1 has no cell .*; choose one from \(0, 0, 0\) to \(5, 3, 2\)"):
            check_cell("conv1", values["conv1"].shape, cell)
