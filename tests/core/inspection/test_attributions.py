"""Explanations of an answer, against finite differences, plain loops and what their papers promise."""

import gc
import random
import weakref

import keras
import numpy as np
import pytest
from random_networks import random_valid_network

from cnn_core import ArchitectureSpec, Probe, build_model, compute_anatomy, find_recipe
from cnn_core.architecture.layers import (
    Activate,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    ResidualBlock,
)
from cnn_core.errors import ModelError
from cnn_core.inspection.attribution.grad_cam import compute_grad_cam, find_last_convolution, list_map_layers
from cnn_core.inspection.attribution.gradients import (
    GAP,
    compute_integrated_gradients,
    compute_saliency,
    compute_smoothgrad,
)
from cnn_core.inspection.attribution.methods import SmoothGrad
from cnn_core.inspection.attribution.scores import Scores
from cnn_core.inspection.model.walk import traced

FORMATS = ["channels_last", "channels_first"]
# Smooth activations: a finite difference must not step over a kink.
LAYERS = (
    Conv2D(filters=3, kernel_size=3, activation="tanh", name="first"),
    AveragePooling2D(pool_size=2),
    Conv2D(filters=4, kernel_size=2, activation="softplus", name="last"),
    Dropout(rate=0.5),
    Flatten(),
    Dense(units=3, activation="softmax", name="answer"),
)


def open_probe(layers=LAYERS, data_format="channels_last", input_shape=(8, 9, 2), seed=3):
    keras.utils.set_random_seed(seed)
    spec = ArchitectureSpec(layers=layers, input_shape=input_shape, data_format=data_format)
    experiment = find_recipe("R2").experiment.model_copy(update={"architecture": spec})
    model = build_model(spec)
    generator = np.random.default_rng(seed)
    model.set_weights([w + generator.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return Probe(model, experiment)


def an_input(probe, seed=0):
    return np.random.default_rng(seed).random((1, *probe.model.input_shape[1:]), np.float32)


def log_odds(probe, x, target):
    """The logit of a class minus that of class 0, from the probabilities alone."""
    p = probe.model(x, training=False).numpy().astype(np.float64)
    return np.log(p[:, target]) - np.log(p[:, 0])


def differences(function, x, step=1e-2):
    """d function / d x of a single input by central differences, one number at a time."""
    steps = step * np.eye(x.size, dtype=np.float32).reshape(-1, *x.shape[1:])
    return ((function(x + steps) - function(x - steps)) / (2 * step)).reshape(x.shape[1:])


@pytest.mark.parametrize("data_format", FORMATS)
def test_saliency_is_the_gradient_of_the_logit(data_format):
    probe = open_probe(data_format=data_format)
    x = an_input(probe)
    expected = differences(lambda x: log_odds(probe, x, 2), x)
    found = compute_saliency(probe, x, 2) - compute_saliency(probe, x, 0)
    assert found.shape == (8, 9, 2)
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()


SOFTMAX_OF_ITS_OWN = (Flatten(), Dense(units=3), Activate(activation="softmax"))
NO_SOFTMAX = (Flatten(), Dense(units=3, activation="sigmoid"))


def test_a_separate_softmax_layer_is_skipped_too():
    probe = open_probe(SOFTMAX_OF_ITS_OWN)
    kernel = probe.model.layers[-2].get_weights()[0]
    assert np.allclose(compute_saliency(probe, an_input(probe), 1), kernel[:, 1].reshape(8, 9, 2), atol=1e-6)


def test_without_a_softmax_the_output_itself_is_explained():
    probe = open_probe(NO_SOFTMAX)
    x = an_input(probe)
    assert not Scores(probe).are_logits
    expected = differences(lambda x: probe.model(x).numpy()[:, 1].astype(np.float64), x)
    assert np.abs(compute_saliency(probe, x, 1) - expected).max() < 1e-3


def test_softmax_of_the_logits_gives_the_probabilities():
    probe = open_probe()
    x = np.concatenate([an_input(probe, seed) for seed in range(4)])
    powers = np.exp(Scores(probe).values(x).astype(np.float64))
    assert np.allclose(powers / powers.sum(axis=1, keepdims=True), probe.predict_inputs(x), atol=1e-6)


def test_smoothgrad_is_the_mean_saliency_of_noisy_inputs():
    probe = open_probe()
    x = an_input(probe)
    noise = np.random.default_rng(5).normal(0, 0.2 * (x.max() - x.min()), (6, *x.shape[1:]))
    one_by_one = [compute_saliency(probe, (x + n).astype(np.float32), 1) for n in noise]
    found = compute_smoothgrad(probe, x, 1, noise=0.2, samples=6, seed=5)
    assert np.allclose(found, np.mean(one_by_one, axis=0), atol=1e-5)


@pytest.mark.parametrize("data_format", FORMATS)
@pytest.mark.parametrize("target", [0, 2])
def test_integrated_gradients_sum_to_the_difference_of_the_logits(data_format, target):
    layers = (
        Conv2D(filters=4, activation="relu"),
        BatchNormalization(),
        Flatten(),
        Dense(units=3, activation="softmax"),
    )
    probe = open_probe(layers, data_format)
    x = an_input(probe)
    result = compute_integrated_gradients(probe, x, target)
    logits = keras.Model(probe.model.input, probe.model.layers[-1].input)
    kernel, bias = probe.model.layers[-1].get_weights()
    at_zero, at_input = (np.asarray(logits(v)) @ kernel + bias for v in (np.zeros_like(x), x))
    assert result.difference == pytest.approx(float((at_input - at_zero)[0, target]), abs=1e-4)
    assert result.values.sum() == pytest.approx(result.difference, rel=GAP)
    assert result.gap <= GAP


def test_integrated_gradients_of_a_linear_score_are_input_times_weight():
    probe = open_probe(SOFTMAX_OF_ITS_OWN)
    x = an_input(probe)
    kernel = probe.model.layers[-2].get_weights()[0]
    assert np.allclose(
        compute_integrated_gradients(probe, x, 1).values, x[0] * kernel[:, 1].reshape(8, 9, 2), atol=1e-5
    )


@pytest.mark.parametrize("data_format", FORMATS)
def test_grad_cam_weights_each_map_by_its_mean_gradient(data_format):
    layers = (
        Conv2D(filters=5, kernel_size=1, activation="relu", name="maps"),
        GlobalAveragePooling2D(),
        Dense(units=3, activation="softmax"),
    )
    probe = open_probe(layers, data_format)
    x = an_input(probe)
    maps = keras.Model(probe.model.input, probe.model.get_layer("maps").output)(x).numpy()[0]
    kernel = probe.model.layers[-1].get_weights()[0]
    # Behind a global mean a map's gradient is its weight in the answer, divided by the number of pixels.
    expected = np.maximum(maps @ kernel[:, 1] / (8 * 9), 0)
    found = compute_grad_cam(probe, x, 1, "maps")
    assert found.shape == (8, 9)
    assert np.allclose(found, expected, atol=1e-6)


def test_grad_cam_is_resized_to_the_input():
    probe = open_probe()
    assert find_last_convolution(probe) == "last"
    found = compute_grad_cam(probe, an_input(probe), 0, "last")
    assert found.shape == (8, 9)
    assert found.min() >= 0


def test_a_dense_network_has_no_grad_cam():
    probe = open_probe(NO_SOFTMAX)
    assert list_map_layers(probe) == []
    assert find_last_convolution(probe) is None
    with pytest.raises(ModelError, match="no maps for Grad-CAM"):
        compute_grad_cam(probe, an_input(probe), 0, "flatten1")


def test_a_residual_block_can_be_explained():
    probe = open_probe((ResidualBlock(filters=3, name="block"), Flatten(), Dense(units=3, activation="softmax")))
    x = an_input(probe)
    assert compute_integrated_gradients(probe, x, 1).gap <= GAP
    assert compute_grad_cam(probe, x, 1, "block_add").shape == (8, 9)
    assert find_last_convolution(probe) == "block_out"


def test_a_separate_activation_layer_belongs_to_its_convolution():
    layers = (Conv2D(filters=2), Activate(activation="relu", name="relu"), AveragePooling2D(), *SOFTMAX_OF_ITS_OWN)
    assert find_last_convolution(open_probe(layers)) == "relu"


@pytest.mark.parametrize("seed", range(6))
def test_attributions_of_random_networks_have_the_input_size(seed):
    rng = random.Random(seed)
    spec = random_valid_network(rng)
    while len(compute_anatomy(spec).rows[-1].output_shape) != 1:
        spec = random_valid_network(rng)
    experiment = find_recipe("R2").experiment.model_copy(update={"architecture": spec})
    probe = Probe(build_model(spec), experiment)
    before = probe.model.get_weights()
    x = an_input(probe)
    found = [compute_saliency(probe, x, 0), *(compute_grad_cam(probe, x, 0, n) for n in list_map_layers(probe)[-2:])]
    assert all(values.shape[:2] == spec.input_shape[:2] and np.isfinite(values).all() for values in found)
    assert all(np.array_equal(a, b) for a, b in zip(before, probe.model.get_weights(), strict=True))


def test_new_weights_are_used_without_retracing():
    probe = open_probe()
    x = an_input(probe)
    before = compute_saliency(probe, x, 1)
    function = traced(probe, "score gradients", lambda model: pytest.fail("traced again"))
    probe.model.set_weights([2 * w for w in probe.model.get_weights()])
    after = compute_saliency(probe, x, 1)
    assert function.experimental_get_tracing_count() == 1
    assert not np.allclose(before, after)
    slope = differences(lambda x: log_odds(probe, x, 1), x)
    assert np.allclose(after - compute_saliency(probe, x, 0), slope, atol=1e-2 * np.abs(slope).max())


def test_a_model_is_garbage_collected():
    probe = open_probe(SOFTMAX_OF_ITS_OWN)
    compute_saliency(probe, an_input(probe), 0)
    model = weakref.ref(probe.model)
    del probe
    gc.collect()
    assert model() is None


@pytest.mark.parametrize(
    ("target", "count", "message"), [(3, 1, "no class 3"), (-1, 1, "no class -1"), (0, 2, "One input")]
)
def test_invalid_requests_are_error_messages(target, count, message):
    probe = open_probe(SOFTMAX_OF_ITS_OWN)
    with pytest.raises(ModelError, match=message):
        compute_saliency(probe, np.repeat(an_input(probe), count, axis=0), target)


def test_default_parameters_match_the_functions():
    method = SmoothGrad()
    probe = open_probe()
    x = an_input(probe)
    assert np.array_equal(
        compute_smoothgrad(probe, x, 1), compute_smoothgrad(probe, x, 1, noise=method.noise, samples=method.samples)
    )
