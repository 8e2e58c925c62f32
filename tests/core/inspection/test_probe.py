from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from cnn_core import Probe, build_model, find_recipe, load_dataset, load_probe
from cnn_core.architecture.layers import Activate, AveragePooling2D, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.runs import create_run

FORMATS = ["channels_last", "channels_first"]

# One of everything, on an image that is not square, with windows that leave an edge over.
LAYERS = (
    Conv2D(filters=3, kernel_size=3, strides=2, padding="same", activation="relu"),
    MaxPooling2D(pool_size=3, strides=2, padding="same"),
    Conv2D(filters=4, kernel_size=2, activation="tanh"),
    AveragePooling2D(pool_size=2, strides=1, padding="same"),
    Activate(activation="sigmoid"),
    MaxPooling2D(pool_size=2),
    Dropout(rate=0.5),
    Flatten(),
    Dense(units=6),
    Dense(units=4, activation="softmax"),
)


# ---- an independent NumPy network


def pad_as_same(x, window, stride, fill):
    """As TensorFlow pads: what is needed for ⌈n / stride⌉ places, the odd one below and on the right."""
    widths = []
    for size in x.shape[:2]:
        needed = max((-(-size // stride) - 1) * stride + window - size, 0)
        widths.append((needed // 2, needed - needed // 2))
    return np.pad(x, (*widths, (0, 0)), constant_values=fill)


def windows(x, window, stride, padding, fill=0.0):
    """(rows, columns, window, window, channels): what the window sees at each place."""
    x = pad_as_same(x, window, stride, fill) if padding == "same" else x
    rows, columns = ((size - window) // stride + 1 for size in x.shape[:2])
    return np.array(
        [
            [x[r * stride : r * stride + window, c * stride : c * stride + window] for c in range(columns)]
            for r in range(rows)
        ]
    )


def activate(name, x):
    if name == "softmax":
        powers = np.exp(x - x.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)
    return {"linear": x, "relu": np.maximum(x, 0), "tanh": np.tanh(x), "sigmoid": 1 / (1 + np.exp(-x))}[name]


def compute(layer, weights, x):
    if layer.kind == "Conv2D":
        kernel, bias = weights
        seen = windows(x, layer.kernel_size, layer.strides, layer.padding)
        return activate(layer.activation, np.einsum("rcijk,ijkf->rcf", seen, kernel) + bias)
    if layer.kind == "MaxPooling2D":
        return windows(x, layer.pool_size, layer.step, layer.padding, fill=-np.inf).max(axis=(2, 3))
    if layer.kind == "AveragePooling2D":  # padding does not count
        return np.nanmean(windows(x, layer.pool_size, layer.step, layer.padding, fill=np.nan), axis=(2, 3))
    if layer.kind == "Dense":
        kernel, bias = weights
        return activate(layer.activation, x @ kernel + bias)
    if layer.kind == "Flatten":
        return x.reshape(-1)
    return activate(layer.activation, x) if layer.kind == "Activation" else x


@pytest.fixture(params=FORMATS)
def opened(request):
    """A model with every kind of layer, its experiment, and three images, channels last."""
    spec = ArchitectureSpec(layers=LAYERS, input_shape=(15, 12, 2), data_format=request.param)
    experiment = find_recipe("R2").experiment.model_copy(update={"architecture": spec})
    keras.utils.set_random_seed(3)
    model = build_model(spec)
    model.set_weights([w + np.random.default_rng(0).normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model, experiment, np.random.default_rng(1).integers(0, 256, (3, 15, 12, 2), np.uint8)


def test_every_layer_output_matches_its_arithmetic(opened):
    model, experiment, images = opened
    outputs = Probe(model, experiment).inspect_image(images[1])
    assert [output.name for output in outputs] == [layer.name for layer in experiment.architecture.layers]
    x = images[1] / 255
    for layer, output in zip(experiment.architecture.layers, outputs, strict=True):
        x = compute(layer, model.get_layer(layer.name).get_weights(), x)
        assert output.kind == layer.kind
        assert output.values.shape == x.shape, layer.name
        assert output.values.dtype == np.float32
        assert output.is_map == (x.ndim == 3)
        assert np.abs(output.values - x).max() < 1e-4, layer.name


def test_predictions_match_keras(opened):
    model, experiment, images = opened
    probabilities = Probe(model, experiment).predict_inputs(prepare_images(images, "unit"))
    assert probabilities.shape == (3, 4)
    expected = model.predict(prepare_images(images, "unit", experiment.architecture.data_format), verbose=0)
    assert np.abs(probabilities - expected).max() < 1e-5
    assert np.abs(probabilities.sum(axis=1) - 1).max() < 1e-5


def test_the_last_layers_output_is_the_prediction(opened):
    model, experiment, images = opened
    probe, x = Probe(model, experiment), prepare_images(images[:1], "unit")
    assert np.abs(probe.inspect(x)[-1].values - probe.predict_inputs(x)[0]).max() < 1e-6


def test_only_the_first_input_is_inspected(opened):
    model, experiment, images = opened
    probe, x = Probe(model, experiment), prepare_images(images, "unit")
    for alone, first in zip(probe.inspect(x[:1]), probe.inspect(x), strict=True):
        assert np.array_equal(alone.values, first.values)


def test_inspection_does_not_modify_the_model(opened):
    model, experiment, images = opened
    before, layers = model.get_weights(), [layer.name for layer in model.layers]
    probe = Probe(model, experiment)
    probe.predict_inputs(prepare_images(images, "unit"))
    probe.inspect_image(images[0])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert [layer.name for layer in model.layers] == layers


def test_dropout_is_inactive_during_inspection(opened):
    model, experiment, images = opened
    probe, x = Probe(model, experiment), prepare_images(images, "unit")
    assert np.array_equal(probe.predict_inputs(x), probe.predict_inputs(x))


def test_a_network_of_a_single_layer_can_be_inspected():
    spec = ArchitectureSpec(layers=(Conv2D(filters=2, name="only"),), input_shape=(5, 5, 1))
    experiment = find_recipe("R2").experiment.model_copy(update={"architecture": spec})
    (output,) = Probe(build_model(spec), experiment).inspect(np.ones((1, 5, 5, 1), np.float32))
    assert (output.name, output.values.shape) == ("only", (3, 3, 2))


@pytest.mark.parametrize("short", ["R1", "R2", "R3"])
def test_ink_and_the_equal_image_give_the_same_outputs(short):
    experiment = find_recipe(short).experiment
    probe = Probe(build_model(experiment.architecture), experiment)
    image = load_dataset("digits").x_test[0]
    ink = image[..., 0] / np.float32(255)
    for of_ink, of_image in zip(probe.inspect_ink(ink), probe.inspect_image(image), strict=True):
        assert np.array_equal(of_ink.values, of_image.values)
    assert np.abs(probe.predict_ink(ink) - probe.inspect_ink(ink)[-1].values).max() < 1e-6


def test_a_trained_run_opens_and_predicts_digits(digits_run):
    folder, result, _ = digits_run
    data = load_dataset("digits")
    probe = load_probe(folder)
    labels = [probe.predict_ink(image[..., 0] / np.float32(255)).argmax() for image in data.x_test]
    assert np.mean(labels == data.y_test) == pytest.approx(result.test_accuracy)


def test_twenty_concurrent_callers_get_their_own_predictions():
    experiment = find_recipe("R5").experiment
    probe = Probe(build_model(experiment.architecture), experiment)
    pictures = load_dataset("digits").x_test[:20, :, :, 0] / np.float32(255)
    alone = [probe.predict_ink(picture) for picture in pictures]
    with ThreadPoolExecutor(20) as people:
        for _ in range(5):
            together = list(people.map(probe.predict_ink, pictures))
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_opening_a_run_without_a_model_is_an_error(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    with pytest.raises(ModelError, match=f"{folder.id} has no trained model"):
        load_probe(folder)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04"], ids=["empty", "text", "cut short"])
def test_a_damaged_model_is_an_error_naming_its_run(tmp_path, tiny_experiment, content):
    folder = create_run(tmp_path, tiny_experiment)
    folder.model_path.write_bytes(content)
    with pytest.raises(ModelError, match=f"The model of run {folder.id} can't be read"):
        load_probe(folder)
