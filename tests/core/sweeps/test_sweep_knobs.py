"""Knobs of an experiment: what there is, what it reads from the fields, and turning it."""

import pytest
from sweep_specs import BASE, FILTERS, KERNEL, OPTIMIZER, RATE

from cnn_core.architecture.layers import Conv2D
from cnn_core.errors import SpecError
from cnn_core.experiment.starters import STARTERS
from cnn_core.experiment.training import TrainingConfig
from cnn_core.sweeps import apply_values, list_knobs, suggest_knob, suggest_values
from cnn_core.sweeps.knobs import find_knob, read_values


@pytest.mark.parametrize("name", STARTERS)
def test_every_parameter_at_its_current_value_changes_nothing(name):
    experiment = STARTERS[name]
    values = {knob.path: knob.value for knob in list_knobs(experiment)}
    assert apply_values(experiment, values) == experiment


@pytest.mark.parametrize("name", STARTERS)
def test_every_suggestion_is_allowed_by_its_field(name):
    for info in list_knobs(STARTERS[name]):
        knob = suggest_knob(info)
        for value in (*(knob.choices or (knob.low, knob.high)), *suggest_values(info)):
            info.check(value)


def test_title_range_and_options_are_those_of_the_field():
    rate, filters = find_knob(BASE, RATE), find_knob(BASE, FILTERS)
    assert rate.title == TrainingConfig.model_fields["learning_rate"].title
    assert (rate.low, rate.low_open, rate.high, rate.high_open) == (0, True, 10, False)
    assert filters.description == Conv2D.model_fields["filters"].description
    assert (filters.low, filters.high, filters.whole) == (1, 1024, True)
    assert filters.label == "conv1 · Filters"
    assert "AdamW" in find_knob(BASE, OPTIMIZER).options


@pytest.mark.parametrize("path", ["training.epochs", "training.seed", "training.validation_split"])
def test_fields_set_by_the_sweep_are_not_searchable(path):
    assert path not in {knob.path for knob in list_knobs(BASE)}


def test_fields_determined_by_the_classes_are_not_searchable():
    paths = {knob.path for knob in list_knobs(BASE)}
    assert "architecture.layers.dense1.units" not in paths
    assert "architecture.layers.dense1.activation" not in paths


def test_several_parameters_are_set_together():
    changed = apply_values(BASE, {RATE: 0.5, FILTERS: 7, OPTIMIZER: "SGD"})
    assert changed.training.learning_rate == 0.5
    assert changed.architecture.layers[0].filters == 7
    assert changed.training.optimizer.kind == "SGD"
    assert read_values(changed, [RATE, FILTERS, OPTIMIZER]) == {RATE: 0.5, FILTERS: 7, OPTIMIZER: "SGD"}
    assert changed.architecture.layers[1:] == BASE.architecture.layers[1:]


def test_another_optimizer_may_add_its_arguments():
    changed = apply_values(BASE, {"training.optimizer.momentum": 0.5, OPTIMIZER: "SGD"})
    assert changed.training.optimizer.momentum == 0.5


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({KERNEL: 30}, "does not fit"),
        ({FILTERS: 0}, "filters"),
        ({"training.optimizer.momentum": 0.5, OPTIMIZER: "Adam"}, "momentum"),
        ({"training.label_smoothing": 0.1, "training.loss": "mse"}, "label_smoothing"),
        ({"architecture.layers.conv9.filters": 3}, "conv9"),
    ],
)
def test_values_of_an_invalid_network_are_rejected_with_the_reason(values, words):
    with pytest.raises(SpecError, match=words):
        apply_values(BASE, values)


def test_an_unknown_parameter_is_an_error_that_lists_alternatives():
    with pytest.raises(SpecError, match=r"training\.learning_rate"):
        find_knob(BASE, "training.learning_rat")
