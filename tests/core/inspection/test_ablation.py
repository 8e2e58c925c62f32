"""Filters switched off: the answer is that of a network in which nothing reads them."""

import gc
import random
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from filter_networks import conv, end, images, opened, probe_of
from random_networks import random_valid_network

from cnn_core.inspection.filters.ablation import measure_accuracy, predict_without
from cnn_core.inspection.filters.kernels import list_kernels
from cnn_core.inspection.model import walk

BLOCK = {"kind": "ResidualBlock", "name": "r", "filters": 4}


def answer_with(probe, x, layer, edit):
    """What Keras says with a layer's weights changed; they are put back."""
    changed = probe.model.get_layer(layer)
    before = changed.get_weights()
    weights = [w.copy() for w in before]
    edit(weights)
    changed.set_weights(weights)
    answer = probe.model(x, training=False).numpy()
    changed.set_weights(before)
    return answer


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_ablating_a_channel_equals_zeroing_its_weights_in_the_next_layer(data_format, activation):
    probe = opened([conv("a", 5, activation), conv("b", 4), *end()], data_format=data_format)
    x = images(probe)

    def deaf(weights):
        weights[0][:, :, [1, 3], :] = 0

    expected = answer_with(probe, x, "b", deaf)
    assert np.allclose(predict_without(probe, x, {"a": [1, 3]}), expected, atol=1e-6)
    assert not np.allclose(expected, probe.predict_inputs(x), atol=1e-4)


def test_the_first_convolution_of_a_residual_block_is_ablated_after_activation():
    probe = opened([BLOCK, *end()])
    x = images(probe)

    def deaf(weights):
        weights[0][:, :, 2, :] = 0

    expected = answer_with(probe, x, "r_conv2", deaf)
    assert np.allclose(predict_without(probe, x, {"r_conv1": [2]}), expected, atol=1e-6)


def test_the_second_convolution_of_a_residual_block_is_ablated_without_the_shortcut():
    probe = opened([BLOCK, *end()])
    x = images(probe)

    def mute(weights):  # gamma and beta
        weights[0][2] = weights[1][2] = 0

    expected = answer_with(probe, x, "r_norm2", mute)
    assert np.allclose(predict_without(probe, x, {"r_conv2": [2]}), expected, atol=1e-6)
    assert not np.allclose(expected, probe.predict_inputs(x), atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_without_ablation_the_prediction_is_unchanged(seed):
    rng = random.Random(100 + seed)
    spec = random_valid_network(rng)
    probe = probe_of(spec)
    x = images(probe, 3)
    before = probe.model.get_weights()
    assert np.allclose(predict_without(probe, x, {}), probe.predict_inputs(x), atol=1e-6, equal_nan=True)
    predict_without(probe, x, {k.layer: range(k.filters) for k in list_kernels(probe.model) if k.maps})
    assert all(np.array_equal(a, b) for a, b in zip(before, probe.model.get_weights(), strict=True))
    assert len(probe.inspect(x)) == len(probe.model.layers) - 1  # its wiring is what it was


def test_with_all_filters_ablated_only_biases_remain():
    probe = opened([conv("a", 3), *end()])
    answers = predict_without(probe, images(probe), {"a": range(3)})
    assert np.allclose(answers, answers[0])


def test_ablation_uses_the_current_weights():
    probe = opened([conv("a", 3), *end()])
    x = images(probe)
    predict_without(probe, x, {"a": [0]})
    keras.utils.set_random_seed(9)
    probe.model.set_weights([np.random.default_rng(3).normal(size=w.shape) for w in probe.model.get_weights()])
    assert np.allclose(predict_without(probe, x, {}), probe.predict_inputs(x), atol=1e-6)


def test_accuracy_counts_over_all_batches_and_reports_progress():
    probe = opened([conv("a", 3), *end()])
    x = images(probe, 600)
    labels = predict_without(probe, x, {"a": [1]}).argmax(1)
    seen = []
    assert measure_accuracy(probe, x, labels, {"a": [1]}, seen.append) == 1.0
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    expected = (probe.predict_inputs(x).argmax(1) == labels).mean()
    assert np.isclose(measure_accuracy(probe, x, labels, {}), expected)


def test_an_unknown_filter_or_layer_is_an_error():
    probe = opened([conv("a", 3), *end()])
    with pytest.raises(IndexError):
        predict_without(probe, images(probe), {"a": [3]})
    with pytest.raises(KeyError):
        predict_without(probe, images(probe), {"dense1": [0]})


def test_traced_functions_are_freed_with_their_probe():
    probe = opened([conv("a", 3), *end()])
    predict_without(probe, images(probe), {"a": [0]})
    probe_gone, model_gone = weakref.ref(probe), weakref.ref(probe.model)
    del probe
    gc.collect()
    assert probe_gone() is None
    assert model_gone() is None


def test_several_threads_build_a_traced_function_once():
    probe, built, ready = opened([conv("a", 3), *end()]), [], threading.Barrier(5)

    def build(model):
        built.append(model)
        time.sleep(0.05)  # the others ask meanwhile
        return object()

    def ask(_):
        ready.wait()
        return walk.traced(probe, "once", build)

    with ThreadPoolExecutor(5) as threads:
        assert len(set(threads.map(ask, range(5)))) == 1
    assert built == [probe.model]
