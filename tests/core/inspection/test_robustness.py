"""The curves and the shift map: the same as distorting and asking one by one."""

import numpy as np
import pytest
from attack_networks import held_out, learn_digits

from cnn_core.data.distortions import Distortion, distort
from cnn_core.experiment.preprocess import to_inputs, to_picture
from cnn_core.inspection.robustness.distortion import knob_range, knob_values, measure_robustness


@pytest.fixture(scope="module")
def probe():
    return learn_digits()


@pytest.fixture(scope="module")
def inputs(probe):
    return held_out(probe)[0][3:4]


@pytest.fixture(scope="module")
def found(probe, inputs):
    return measure_robustness(probe, inputs, SET)


SET = Distortion(rotation=10, noise=0.05, shift_x=1)


def ask(probe, inputs, **changes):
    picture = distort(to_picture(inputs, probe.experiment), SET.model_copy(update=changes))
    return probe.predict_inputs(to_inputs(picture[np.newaxis], probe.experiment))[0]


def test_before_and_after_are_predictions_of_original_and_distorted_images(probe, inputs, found):
    assert np.allclose(found.before, probe.predict_inputs(inputs)[0], atol=1e-5)
    assert found.answer == found.before.argmax()
    assert np.allclose(found.now, ask(probe, inputs), atol=1e-5)


@pytest.mark.parametrize("name", list(Distortion.model_fields))
def test_a_curve_varies_one_distortion_only(probe, inputs, found, name):
    curve = found.curves[name]
    for place in (0, len(curve.values) // 3, -1):
        expected = ask(probe, inputs, **{name: curve.values[place].item()})
        assert curve.shares[place] == pytest.approx(expected[found.answer], abs=1e-5)
        assert curve.answers[place] == expected.argmax()


@pytest.mark.parametrize(("x", "y"), [(-6, -6), (0, 3), (5, -2)])
def test_the_shift_map_has_a_row_for_each_shift_down_and_a_column_for_each_to_the_right(probe, inputs, found, x, y):
    expected = ask(probe, inputs, shift_x=x, shift_y=y)
    assert found.map_shares.shape == (13, 13)
    assert found.map_shares[y + 6, x + 6] == pytest.approx(expected[found.answer], abs=1e-5)
    assert found.map_answers[y + 6, x + 6] == expected.argmax()


@pytest.mark.parametrize("name", list(Distortion.model_fields))
def test_every_value_of_a_curve_is_a_slider_value(name):
    low, high, step = knob_range(name)
    values = knob_values(name)
    assert (values[0], values[-1]) == (pytest.approx(low), pytest.approx(high))
    assert np.allclose(np.diff(values), step)
    assert Distortion.model_fields[name].default in values


def test_there_is_one_forward_pass(probe, inputs, monkeypatch):
    asked = []
    monkeypatch.setattr(probe, "_predict", lambda x, ask=probe._predict: asked.append(len(x)) or ask(x))
    measure_robustness(probe, inputs, SET)
    assert len(asked) == 1


@pytest.mark.parametrize(("data_format", "scaling"), [("channels_last", "raw"), ("channels_first", "unit")])
def test_raw_pixels_and_channels_first_give_the_same_results(data_format, scaling):
    probe = learn_digits(data_format, scaling, epochs=1)
    inputs = held_out(probe)[0][:1]
    found = measure_robustness(probe, inputs, Distortion())
    assert np.allclose(found.before, probe.predict_inputs(inputs)[0], atol=1e-4)
    assert np.allclose(found.map_shares[6, 6], found.before[found.answer], atol=1e-4)
