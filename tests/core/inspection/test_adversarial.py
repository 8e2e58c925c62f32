"""Nudges: they do flip the answer, keep within their bounds, and go the way that the loss grows."""

import keras
import numpy as np
import pytest
from attack_networks import accuracy, held_out, learn_digits

from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import to_inputs, to_picture
from cnn_core.inspection.robustness.adversarial import LARGEST, find_adversarial_example, loss_gradient

METHODS = ("fgsm", "pgd")
_PROBES = {}


def network(data_format="channels_last", scaling="unit"):
    key = data_format, scaling
    if key not in _PROBES:
        _PROBES[key] = learn_digits(data_format, scaling)
    return _PROBES[key]


def a_digit(probe, index=0):
    return held_out(probe)[0][index : index + 1]


def test_the_network_has_learned_something():
    assert accuracy(network()) > 0.8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("data_format", "scaling"), [("channels_last", "raw"), ("channels_first", "unit")])
def test_an_attack_flips_the_prediction_within_epsilon_and_pixel_range(method, data_format, scaling):
    probe = network(data_format, scaling)
    for index in range(4):
        inputs = a_digit(probe, index)
        nudge = find_adversarial_example(probe, inputs, method)
        asked = probe.predict_inputs(to_inputs(nudge.picture[np.newaxis], probe.experiment))[0]
        assert asked.argmax() == nudge.new_answer != nudge.old_answer == probe.predict_inputs(inputs)[0].argmax()
        assert np.allclose(asked, nudge.after, atol=1e-4)
        assert 0 < np.abs(nudge.difference).max() <= nudge.epsilon + 1e-6 <= LARGEST + 1e-6
        assert nudge.picture.min() >= 0
        assert nudge.picture.max() <= 1
        original = to_picture(inputs, probe.experiment)
        assert np.allclose(original + nudge.difference, nudge.picture, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_a_targeted_attack_reaches_its_class(method):
    probe = network()
    inputs = a_digit(probe, 1)
    answer = int(probe.predict_inputs(inputs)[0].argmax())
    nudges = [find_adversarial_example(probe, inputs, method, target) for target in range(10) if target != answer]
    found = [
        (nudge, target) for nudge, target in zip(nudges, [t for t in range(10) if t != answer], strict=True) if nudge
    ]
    assert len(found) >= (9 if method == "pgd" else 1)
    assert all(nudge.new_answer == target for nudge, target in found)


def test_pgd_needs_less_than_fgsm_and_untargeted_less_than_targeted():
    probe = network()
    for index in range(3):
        inputs = a_digit(probe, index)
        answer = int(probe.predict_inputs(inputs)[0].argmax())
        pgd = find_adversarial_example(probe, inputs, "pgd")
        assert pgd.epsilon <= find_adversarial_example(probe, inputs, "fgsm").epsilon + 1e-6
        least = min(
            find_adversarial_example(probe, inputs, "pgd", target).epsilon for target in range(10) if target != answer
        )
        assert pgd.epsilon <= least + 0.01


def test_fgsm_moves_every_pixel_by_epsilon_within_range():
    nudge = find_adversarial_example(network(), a_digit(network()), "fgsm")
    inside = (nudge.picture > 0) & (nudge.picture < 1) & (nudge.difference != 0)
    assert inside.any()
    assert np.allclose(np.abs(nudge.difference[inside]), nudge.epsilon, atol=1e-5)


def test_attacks_are_deterministic():
    first, second = (find_adversarial_example(network(), a_digit(network(), 2)) for _ in range(2))
    assert np.array_equal(first.picture, second.picture)


def test_the_gradient_agrees_with_finite_differences():
    probe = network()
    inputs, wanted = a_digit(probe, 4), 7
    gradient = loss_gradient(probe, inputs, wanted)[0].ravel()
    bare = keras.models.clone_model(probe.model)
    bare.set_weights(probe.model.get_weights())
    bare.layers[-1].activation = keras.activations.linear

    def loss(pictures):
        z = np.asarray(bare(pictures), np.float64)
        others = np.delete(z, wanted, axis=1)
        return np.log(np.exp(others).sum(axis=1)) - z[:, wanted]

    step = 1e-3
    strongest = np.argsort(-np.abs(gradient))[:20]
    for place in strongest:
        both = np.repeat(inputs, 2, axis=0).reshape(2, -1)
        both[:, place] += (step, -step)
        up, down = loss(both.reshape(2, *inputs.shape[1:]))
        assert gradient[place] == pytest.approx((up - down) / (2 * step), rel=0.05, abs=1e-3)


def test_the_direction_is_the_sign_of_the_cross_entropy_gradient():
    import tensorflow as tf

    probe = network()
    inputs, wanted = a_digit(probe, 4), 2  # a class that it does not answer: there the cross-entropy is far from flat
    with tf.GradientTape() as tape:
        x = tf.constant(inputs)
        tape.watch(x)
        loss = -tf.math.log(probe.model(x)[:, wanted])
    expected = np.asarray(tape.gradient(loss, x))
    ours = loss_gradient(probe, inputs, wanted) * (1 - probe.predict_inputs(inputs)[0, wanted])
    assert np.allclose(ours, expected, rtol=1e-2, atol=1e-4)


def test_a_saturated_softmax_can_be_attacked():
    probe = learn_digits(epochs=1)
    kernel, bias = probe.model.layers[-1].get_weights()
    probe.model.layers[-1].set_weights([kernel * 500, bias * 500])
    assert probe.predict_inputs(a_digit(probe)).max() == 1
    assert find_adversarial_example(probe, a_digit(probe), "fgsm") is not None


def test_without_a_successful_attack_there_is_no_result():
    probe = learn_digits(epochs=1)
    kernel, _ = probe.model.layers[-1].get_weights()
    probe.model.layers[-1].set_weights([kernel * 0, np.eye(10)[3]])
    assert find_adversarial_example(probe, a_digit(probe)) is None


@pytest.mark.parametrize("target", [-1, 10, "answer"])
def test_an_invalid_target_class_is_an_error(target):
    probe = network()
    inputs = a_digit(probe)
    with pytest.raises(ModelError):
        find_adversarial_example(
            probe, inputs, target=int(probe.predict_inputs(inputs).argmax()) if target == "answer" else target
        )
