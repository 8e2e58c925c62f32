"""Receptive fields and reaches, against the gradients and impulse responses of random networks.

CNN_LAB_TRACES sets how many networks are traced; 160 take some two minutes.
"""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from opened_networks import make_inputs, open_network, random_spec, randomize, read_layers, read_values

from cnn_core import build_model, compute_anatomy, find_recipe
from cnn_core.architecture.layers import (
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    ResidualBlock,
)
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.inspection.microscope.trace import Box, trace_back, trace_forward
from cnn_core.inspection.model.graph import shapes_of

CHUNKS = 4
NETWORKS = int(os.environ.get("CNN_LAB_TRACES", "4")) // CHUNKS
CELLS_EACH = 3


def seeds_of(chunk):
    return range(1_000 * chunk, 1_000 * chunk + NETWORKS)


def without_bends(spec):
    """The same network with nothing in it that could hide a cell: no activations, means instead of maxima."""
    layers = []
    for layer in spec.layers:
        fields = layer.model_dump()
        if "activation" in fields:
            fields["activation"] = "linear"
        if fields["kind"] == "MaxPooling2D":
            fields["kind"] = "AveragePooling2D"
        layers.append(fields)
    return spec.with_layers(layers)


def make_positive(model):
    """Every kernel and scale positive, every offset 0: what enters anywhere comes out wherever there is a way."""
    weights = []
    for variable in model.weights:
        is_offset = variable.name in ("bias", "beta", "moving_mean")
        weights.append(np.full(variable.shape, 0.0 if is_offset else 0.5, np.float32))
    model.set_weights(weights)
    return model


def gradients_in(model, inputs, shapes, data_format):
    """A function of (layer, cell): layer → gradient of that cell by that layer's output, channels last.

    Traced: TensorFlow 2.21 with oneDNN crashes in the eager gradient of a 1×1 kernel with strides.
    """
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    inner = keras.Model(model.inputs, [layer.output for layer in layers])
    names = ["input", *(layer.name for layer in layers)]

    @tf.function
    def differentiate(x, chosen):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = inner([x], training=False)
            outputs = [x, *(outputs if isinstance(outputs, (list, tuple)) else [outputs])]
            picked = [last(output[0], data_format) * mask for output, mask in zip(outputs, chosen, strict=True)]
            value = tf.add_n([tf.reduce_sum(part) for part in picked])
        found = tape.gradient(value, outputs, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return [last(gradient[0], data_format) for gradient in found]

    def ask(name, cell):
        masks = {other: np.zeros(shape, np.float32) for other, shape in shapes.items()}
        masks[name][cell] = 1
        found = differentiate(tf.constant(inputs), [tf.constant(masks[other]) for other in names])
        return {other: np.asarray(gradient) for other, gradient in zip(names, found, strict=True)}

    return ask


def last(values, data_format):
    return tf.transpose(values, (1, 2, 0)) if data_format == "channels_first" and len(values.shape) == 3 else values


def box_around(values):
    """The smallest box with everything in it that is not 0; None where all is."""
    places = np.nonzero(values)
    if not len(places[0]):
        return None
    if len(places) == 1:
        return Box(units=tuple(places[0].tolist()))
    return Box(*((int(axis.min()), int(axis.max()) + 1) for axis in places))


def is_outside(values, box):
    """bool, True at the cells outside a box; everywhere where there is none."""
    outside = np.ones(values.shape, bool)
    if box is not None and box.is_map:
        outside[slice(*box.rows), slice(*box.columns), slice(*box.channels)] = False
    elif box is not None:
        outside[list(box.units)] = False
    return outside


def random_cells(rng, shapes, number=CELLS_EACH):
    for name in rng.choice(list(shapes), number):
        yield str(name), tuple(int(rng.integers(size)) for size in shapes[str(name)])


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_receptive_field_is_the_smallest_box_around_all_gradients(chunk):
    for seed in seeds_of(chunk):
        spec = without_bends(random_spec(seed))
        layers, values, model, inputs = open_network(spec, seed)
        gradients_of = gradients_in(make_positive(model), inputs, shapes_of(values), spec.data_format)
        order = [layer.name for layer in layers]
        for name, cell in random_cells(np.random.default_rng(seed), shapes_of(values)):
            boxes = trace_back(layers, shapes_of(values), name, cell)
            gradients = gradients_of(name, cell)
            for earlier in order[: order.index(name)]:
                assert boxes.get(earlier) == box_around(gradients[earlier]), (seed, name, cell, earlier)
            assert set(boxes) <= set(order[: order.index(name)])
    keras.backend.clear_session()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_pixels_outside_a_receptive_field_do_not_affect_a_cell(chunk):
    for seed in seeds_of(chunk):
        rng = np.random.default_rng(seed)
        spec = random_spec(seed)
        layers, values, model, _ = open_network(spec, seed)
        for name, cell in random_cells(rng, shapes_of(values)):
            box = trace_back(layers, shapes_of(values), name, cell).get("input")
            outside = is_outside(values["input"], box) if name != "input" else values["input"] < 0
            moved = (values["input"] + 3 * rng.random(outside.shape) * outside).astype(np.float32)[np.newaxis]
            moved = moved.transpose(0, 3, 1, 2) if spec.data_format == "channels_first" else moved
            after = read_values(layers, model, moved, spec.data_format)
            assert abs(after[name][cell] - values[name][cell]) < 1e-5, (seed, name, cell)
    keras.backend.clear_session()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_forward_trace_is_the_smallest_box_around_an_impulse_response(chunk):
    for seed in seeds_of(chunk):
        rng = np.random.default_rng(seed)
        spec = without_bends(random_spec(seed))
        model = make_positive(build_model(spec))
        layers = read_layers(model, spec)
        cell = tuple(int(rng.integers(size)) for size in spec.input_shape)
        impulse = np.zeros((1, *spec.input_shape), np.float32)
        impulse[0, *cell] = 1
        inputs = impulse.transpose(0, 3, 1, 2) if spec.data_format == "channels_first" else impulse
        values = read_values(layers, model, inputs, spec.data_format)
        boxes = trace_forward(layers, shapes_of(values), "input", cell)
        for layer in layers[1:]:
            assert boxes.get(layer.name) == box_around(values[layer.name]), (seed, cell, layer.name)
    keras.backend.clear_session()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_cell_affects_nothing_outside_its_forward_trace(chunk):
    for seed in seeds_of(chunk):
        rng = np.random.default_rng(seed)
        spec = random_spec(seed)
        model = randomize(build_model(spec), rng)
        layers, inputs = read_layers(model, spec), make_inputs(spec, rng)
        before = read_values(layers, model, inputs, spec.data_format)
        cell = tuple(int(rng.integers(size)) for size in spec.input_shape)
        moved = inputs.copy()
        moved[0][(cell[2], *cell[:2]) if spec.data_format == "channels_first" else cell] += 3
        after = read_values(layers, model, moved, spec.data_format)
        boxes = trace_forward(layers, shapes_of(before), "input", cell)
        for layer in layers[1:]:
            outside = is_outside(before[layer.name], boxes.get(layer.name))
            change = np.abs(after[layer.name] - before[layer.name])[outside]
            assert not change.size or change.max() < 1e-5, (seed, cell, layer.name)
    keras.backend.clear_session()


def traced(*layers, data_format="channels_last", input_shape=(12, 12, 2)):
    spec = ArchitectureSpec(layers=layers, input_shape=input_shape, data_format=data_format)
    opened, values, *_ = open_network(spec, 0)
    return opened, shapes_of(values)


@pytest.mark.parametrize("short", ["R1", "R2", "R3"])
def test_an_interior_cell_has_the_receptive_field_of_the_anatomy(short):
    spec = find_recipe(short).experiment.architecture
    layers, values, *_ = open_network(spec, 0)
    for row in compute_anatomy(spec).rows:
        shape = values[row.name].shape
        if row.receptive_field is None or len(shape) != 3 or row.receptive_field > 15:
            continue
        box = trace_back(layers, shapes_of(values), row.name, (shape[0] // 2, shape[1] // 2, 0))["input"]
        assert box.rows[1] - box.rows[0] == box.columns[1] - box.columns[0] == row.receptive_field, row.name


def test_a_receptive_field_is_clipped_at_the_edge():
    layers, shapes = traced(Conv2D(kernel_size=5, padding="same"))
    assert trace_back(layers, shapes, "conv1", (0, 11, 3)) == {"input": Box((0, 3), (9, 12), (0, 2))}


def test_depthwise_layers_are_traced_in_one_channel():
    layers, shapes = traced(DepthwiseConv2D(depth_multiplier=3), MaxPooling2D())
    boxes = trace_back(layers, shapes, "pool1", (0, 0, 4))
    assert boxes == {"depthwise1": Box((0, 2), (0, 2), (4, 5)), "input": Box((0, 4), (0, 4), (1, 2))}
    ahead = trace_forward(layers, shapes, "input", (0, 0, 1))
    assert ahead["depthwise1"] == Box((0, 1), (0, 1), (3, 6))


def test_both_paths_through_a_residual_block_are_traced():
    layers, shapes = traced(ResidualBlock(name="block", filters=2))
    boxes = trace_back(layers, shapes, "block_out", (6, 6, 1))
    assert boxes["input"] == Box((4, 9), (4, 9), (0, 2))
    assert boxes["block_norm2"] == boxes["block_add"] == Box((6, 7), (6, 7), (1, 2))
    ahead = trace_forward(layers, shapes, "input", (6, 6, 0))
    assert ahead["block_add"] == Box((4, 9), (4, 9), (0, 2))


def test_a_layer_off_the_path_is_omitted():
    layers, shapes = traced(ResidualBlock(name="block", filters=5))
    assert "block_shortcut" not in trace_back(layers, shapes, "block_norm2", (3, 3, 0))
    assert "block_conv1" not in trace_forward(layers, shapes, "block_shortcut", (3, 3, 0))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_a_flattened_unit_is_one_cell_of_the_map(data_format):
    layers, shapes = traced(Flatten(), Dense(units=3), data_format=data_format, input_shape=(3, 4, 2))
    for unit, cell in enumerate(np.ndindex(3, 4, 2)):
        box = trace_back(layers, shapes, "flatten1", (unit,))["input"]
        assert (box.rows[0], box.columns[0], box.channels[0]) == cell
        ahead = trace_forward(layers, shapes, "input", cell)
        assert ahead == {"flatten1": Box(units=(unit,)), "dense1": Box(units=(0, 1, 2))}


def test_global_pooling_traces_one_whole_map():
    layers, shapes = traced(GlobalAveragePooling2D())
    assert trace_back(layers, shapes, "global_pool1", (1,)) == {"input": Box((0, 12), (0, 12), (1, 2))}


def test_a_softmax_depends_on_all_classes():
    layers, shapes = traced(GlobalAveragePooling2D(), Flatten(), Dense(units=3, activation="softmax"))
    layers_only, shapes_only = traced(Conv2D(filters=4, kernel_size=1, activation="softmax"))
    assert trace_forward(layers_only, shapes_only, "input", (5, 5, 0))["conv1"].channels == (0, 4)
    assert trace_back(layers, shapes, "dense1", (0,))["flatten1"].units == (0, 1)


def test_tracing_an_unknown_cell_is_an_error():
    layers, shapes = traced(Conv2D())
    with pytest.raises(ValueError, match="conv1 has no cell"):
        trace_back(layers, shapes, "conv1", (10, 0, 0))
    with pytest.raises(ValueError, match="No layer is called"):
        trace_forward(layers, shapes, "conv9", (0, 0, 0))
