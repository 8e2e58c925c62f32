"""LiteRT files, run by TensorFlow's own LiteRT interpreter, against the Keras model they were made of."""

import random
import warnings

import keras
import numpy as np
import pytest
from random_networks import random_valid_network
from ready_runs import every_layer, random_inputs, random_model

from cnn_core import ArchitectureSpec
from cnn_core.architecture.layers import (
    Activate,
    AveragePooling2D,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    ResidualBlock,
    SeparableConv2D,
)
from cnn_core.export.litert import convert_to_litert, explain_refusal


def open_interpreter(content):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf.lite.Interpreter is to move to a package of its own
        return tf.lite.Interpreter(model_content=content)


def predict_litert(content, images):
    """(N, H, W, C) → what the file's network says."""
    interpreter = open_interpreter(content)
    (entry,) = interpreter.get_input_details()
    (result,) = interpreter.get_output_details()
    interpreter.resize_tensor_input(entry["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(result["index"])


def channels_last(values, spec):
    if values.ndim == 4 and spec.data_format == "channels_first":
        return values.transpose(0, 2, 3, 1)
    return values


def assert_same_predictions(spec, seed=0):
    model = random_model(spec, seed)
    images = random_inputs(model, seed=seed)
    expected = channels_last(np.asarray(model(images, training=False)), spec)
    content = convert_to_litert(model, spec)
    for count in (1, len(images)):
        told = predict_litert(content, channels_last(images[:count], spec))
        np.testing.assert_allclose(told, expected[:count], rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize(
    ("shape", "ending"), [((28, 28, 1), "pooled"), ((32, 32, 3), "flat"), ((17, 23, 2), "flat")], ids=str
)
def test_a_network_with_all_layer_types_predicts_the_same(shape, ending, data_format):
    assert_same_predictions(every_layer(ending, data_format, shape))


@pytest.mark.parametrize("seed", range(6))
def test_accepted_random_networks_predict_the_same(seed):
    rng = random.Random(seed)
    specs = iter(lambda: random_valid_network(rng, rng.choice(((28, 28, 1), (32, 32, 3)))), None)
    assert_same_predictions(next(spec for spec in specs if not explain_refusal(spec)), seed)
    keras.backend.clear_session()


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(filters=3, kernel_size=1, strides=4, padding="same"),
        Conv2D(filters=3, kernel_size=2, strides=16, padding="same"),
        DepthwiseConv2D(kernel_size=3, strides=16, padding="same"),
        SeparableConv2D(filters=3, kernel_size=3, strides=7, padding="same"),
        ResidualBlock(filters=3, strides=4),
        MaxPooling2D(pool_size=2, strides=16, padding="same"),
        AveragePooling2D(pool_size=2, strides=16, padding="same"),
    ],
    ids=lambda layer: layer.kind,
)
def test_strides_that_leave_pixels_over_predict_the_same(layer):
    assert_same_predictions(ArchitectureSpec(layers=(layer,), input_shape=(28, 28, 2)))


def test_the_file_takes_channels_last_images_for_every_network():
    layers = (Conv2D(filters=2), Flatten(), Dense(units=3))
    spec = ArchitectureSpec(layers=layers, input_shape=(8, 6, 2), data_format="channels_first")
    interpreter = open_interpreter(convert_to_litert(random_model(spec), spec))
    (entry,) = interpreter.get_input_details()
    assert entry["shape_signature"].tolist() == [-1, 8, 6, 2]
    assert entry["dtype"] is np.float32


def test_conversion_does_not_modify_the_model():
    spec = every_layer()
    model = random_model(spec)
    images = random_inputs(model)
    before = np.asarray(model(images, training=False)), model.get_weights()
    convert_to_litert(model, spec)
    np.testing.assert_array_equal(before[0], model(images, training=False))
    for weight, kept in zip(model.get_weights(), before[1], strict=True):
        np.testing.assert_array_equal(weight, kept)


def test_a_diverged_network_can_be_converted():
    spec = ArchitectureSpec(layers=(Conv2D(filters=2), Flatten(), Dense(units=3, activation="softmax")))
    model = random_model(spec)
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    assert np.isnan(predict_litert(convert_to_litert(model, spec), random_inputs(model))).all()


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ((Conv2D(filters=2, activation="softmax"), Flatten()), "conv1"),
        ((MaxPooling2D(), Activate(activation="softmax"), Flatten()), "act1"),
    ],
)
def test_softmax_along_a_row_of_pixels_is_an_error_with_the_repair(layers, name):
    spec = ArchitectureSpec(layers=layers, data_format="channels_first")
    for words in (f"{name}: ", "softmax", "channels_last", "another activation"):
        assert words in explain_refusal(spec)
    assert explain_refusal(spec.model_copy(update={"data_format": "channels_last"})) == ""


@pytest.mark.parametrize("layer", [Conv2D, SeparableConv2D])
def test_biases_added_along_rows_are_an_error_with_the_repair(layer):
    def network(**knobs):
        return ArchitectureSpec(
            layers=(layer(kernel_size=1, **knobs),), input_shape=(6, 6, 2), data_format="channels_first"
        )

    refusal = explain_refusal(network(filters=6))
    for words in (f"{network(filters=6).layers[0].name}: ", "biases", "(6)", "no bias", "channels_last"):
        assert words in refusal
    for mended in (network(filters=5), network(filters=6, use_bias=False)):
        assert explain_refusal(mended) == ""
        assert_same_predictions(mended)


def test_keras_still_adds_such_biases_along_the_rows():
    """Where it does no more, the refusal above can go."""
    spec = ArchitectureSpec(
        layers=(Conv2D(filters=6, kernel_size=1),), input_shape=(6, 6, 2), data_format="channels_first"
    )
    model = random_model(spec)
    bias = np.arange(6, dtype=np.float32)
    model.set_weights([np.zeros((1, 1, 2, 6)), bias])
    by_rows = np.broadcast_to(bias, (1, 6, 6, 6))  # (N, C, H, W): along W
    np.testing.assert_array_equal(model(random_inputs(model, 1), training=False), by_rows)


def test_softmax_over_a_vector_is_converted_in_both_formats():
    layers = (Conv2D(filters=2), Flatten(), Dense(units=3, activation="softmax"))
    for data_format in ("channels_last", "channels_first"):
        assert explain_refusal(ArchitectureSpec(layers=layers, data_format=data_format)) == ""
