"""Networks that can be trained but learn badly are warned about, with repairs that remove the warning."""

import pytest

from cnn_core import ArchitectureSpec
from cnn_core.architecture.advice import find_advice
from cnn_core.architecture.layers import Activate, Conv2D, Dense, Dropout, Flatten
from cnn_core.architecture.repair import find_problem
from cnn_core.experiment.starters import STARTERS

OUT = Dense(units=10, activation="softmax")
DOUBLE = {
    "an activation layer behind a softmax": (Flatten(), OUT, Activate(activation="softmax")),
    "two dense layers with softmax": (Flatten(), Dense(units=10, activation="softmax"), OUT),
    "a hidden layer with softmax": (Flatten(), Dense(units=32, activation="softmax"), Dropout(), OUT),
    "a convolution with softmax": (Conv2D(filters=4, activation="softmax"), Flatten(), OUT),
    "an activation layer before the last": (Flatten(), Dense(units=32), Activate(activation="softmax"), OUT),
}


def spec_of(layers):
    return ArchitectureSpec(layers=layers)


@pytest.mark.parametrize("name", DOUBLE)
def test_a_softmax_before_the_last_one_is_named_and_repaired(name):
    spec = spec_of(DOUBLE[name])
    assert find_problem(spec) is None
    [warning] = find_advice(spec)
    assert warning.code == "double_softmax"
    assert warning.layer in warning.message
    assert warning.fixes
    for fix in warning.fixes:
        assert find_advice(fix.spec) == ()
        assert find_problem(fix.spec) is None


def test_ten_sigmoid_outputs_are_named_and_repaired():
    spec = spec_of((Flatten(), Dense(units=10, activation="sigmoid")))
    assert find_problem(spec, 10, "mse") is None
    [warning] = find_advice(spec)
    assert warning.code == "sigmoid_output"
    [fix] = warning.fixes
    assert find_advice(fix.spec) == ()
    problem = find_problem(spec, 10, "categorical_crossentropy")  # refused there, with the same repair
    assert problem.code == "needs_softmax"
    assert fix.spec in [other.spec for other in problem.fixes]


@pytest.mark.parametrize("name", STARTERS)
def test_no_starter_is_warned_about(name):
    assert find_advice(STARTERS[name].architecture) == ()
