"""The values of a sweep: as a grid, by chance, and what is refused before anything is trained."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sweep_specs import BASE, FILTERS, KERNEL, OPTIMIZER, RATE, filters, rate, spec

import cnn_core
from cnn_core import find_recipe
from cnn_core.errors import SpecError
from cnn_core.sweeps import Base, Knob, SweepSpec, build_space, count_refused
from cnn_core.sweeps.record import count_runs, read_trials
from cnn_core.sweeps.space import iterate_grid, plan_trial


def dimension(knob):
    return build_space(spec(knob))[0]


def test_a_logarithmic_grid_is_numpys_geomspace():
    values = dimension(rate(points=4)).grid()
    np.testing.assert_allclose(values, np.geomspace(1e-4, 0.1, 4), rtol=1e-3)


def test_steps_are_respected_and_integers_stay_integers():
    knob = Knob(path=FILTERS, low=4, high=17, step=4)
    assert dimension(knob).grid() == (4, 8, 12, 16)
    rng = np.random.default_rng(0)
    assert {dimension(knob).draw(rng) for _ in range(200)} == {4, 8, 12, 16}


@given(st.floats(1e-6, 1), st.floats(1.001, 1e4), st.booleans(), st.integers(0, 100))
def test_samples_are_in_the_range(low, factor, log, seed):
    high = min(10.0, low * factor)
    drawn = dimension(rate(low=low, high=high, log=log)).draw(np.random.default_rng(seed))
    assert low <= drawn <= high


def test_log_uniform_samples_are_equally_frequent_per_decade():
    one, rng = dimension(rate()), np.random.default_rng(0)
    decades = np.floor(np.log10([one.draw(rng) for _ in range(3000)]) + 1e-9)
    counts = [np.sum(decades == decade) for decade in (-4, -3, -2)]
    assert max(counts) < 1.15 * min(counts)


def test_a_grid_has_every_combination_once():
    combinations = list(iterate_grid(build_space(spec(rate(points=3), filters(1, 2), method="grid"))))
    assert len({tuple(values.values()) for values in combinations}) == len(combinations) == 6


def test_a_grid_without_the_base_has_one_more_run():
    for choices, extra in (((1, 4), 1), ((1, 2), 0)):  # the base has 2 filters
        grid = spec(filters(*choices), method="grid")
        assert count_runs(grid, build_space(grid), BASE) == 2 + extra


def test_excluded_grid_points_are_known_in_advance_with_reasons():
    grid = spec(Knob(path=KERNEL, choices=(5, 29, 30)), filters(1, 2), method="grid")
    refused = count_refused(BASE, build_space(grid))
    assert sum(refused.values()) == 4
    assert all("does not fit" in reason for reason in refused)


def test_a_base_without_a_validation_split_gets_one_of_about_500_images_at_least():
    assert plan_trial(spec(), BASE, {RATE: 0.1}, 3).training.validation_split == 0.33  # of 1,500
    mnist = find_recipe("R5").experiment
    assert plan_trial(spec(), mnist, {RATE: 0.1}, 3).training.validation_split == 0.1
    own = BASE.with_training(validation_split=0.3)
    assert plan_trial(spec(), own, {}, 3).training.validation_split == 0.3
    assert plan_trial(spec(metric="test"), own, {}, 3).training.validation_split == 0


def test_a_trial_has_its_own_name_and_is_not_a_reproduction():
    planned = plan_trial(spec(epochs=4), BASE, {RATE: 0.1}, 3)
    assert planned.name.startswith("Trial 3 ")
    assert planned.recipe is None
    assert planned.training.epochs == 4


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"path": RATE}, "give choices, or a range"),
        ({"path": RATE, "low": 1, "high": 0.1}, "no range"),
        ({"path": RATE, "low": 0, "high": 1, "log": True}, "above 0"),
        ({"path": RATE, "low": 0.1, "high": 1, "log": True, "step": 0.1}, "no step"),
        ({"path": RATE, "low": 0.1, "high": 1, "choices": [1]}, "either choices or a range"),
        ({"path": RATE, "choices": [1, 1]}, "twice"),
    ],
)
def test_ambiguous_values_are_errors(fields, words):
    with pytest.raises(ValidationError, match=words):
        Knob(**fields)


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        (Knob(path="training.rate", choices=(1,)), "no knob 'training.rate'"),
        (Knob(path=OPTIMIZER, choices=("Adam", "Eve")), "'Eve' is none of its values"),
        (Knob(path=OPTIMIZER, low=0, high=1), "no range but choices"),
        (Knob(path=RATE, low=0.1, high=11), "less than or equal to 10"),
        (Knob(path=FILTERS, choices=(0.5,)), "integer"),
    ],
)
def test_parameters_the_base_lacks_are_rejected_in_advance(knob, words):
    with pytest.raises(SpecError, match=words):
        build_space(spec(knob))


def test_a_grid_that_is_too_large_is_rejected():
    knobs = (rate(points=50), Knob(path=FILTERS, low=1, high=30, points=30))
    with pytest.raises(SpecError, match="combinations"):
        build_space(spec(*knobs, method="grid"))


def test_a_spec_round_trips_through_json_and_pruning_may_be_a_boolean():
    one = spec(
        rate(), Knob(path=OPTIMIZER, choices=("Adam", "SGD")), Knob(path="training.restore_best", choices=(True,))
    )
    assert SweepSpec.model_validate_json(one.model_dump_json()) == one
    short = SweepSpec.model_validate({"base": {"recipe": "R5"}, "knobs": [rate()], "pruning": False})
    assert not short.pruning.enabled
    assert short.base.resolve().recipe == "two-conv-no-pooling"


def test_a_base_is_a_recipe_or_an_experiment():
    for fields in ({}, {"recipe": "R5", "experiment": BASE}):
        with pytest.raises(ValidationError, match="either"):
            Base(**fields)
    with pytest.raises(SpecError, match="no recipe called 'R9'"):
        Base(recipe="R9").resolve()


def test_the_documented_example_is_a_valid_sweep():
    docs = Path(cnn_core.__file__).parents[1] / "docs"
    example = (docs / "sweep.json").read_text(encoding="utf-8")
    assert f"```json\n{example}```" in (docs / "sweeps.md").read_text(encoding="utf-8")
    assert len(build_space(SweepSpec.model_validate_json(example))) == 4


@pytest.mark.parametrize("method", ["grid", "random", "bayesian"])
@pytest.mark.parametrize("step", [1e-9, 1e-300, 5e-324])
def test_a_step_far_too_small_for_its_range_is_refused_at_once(method, step):
    with pytest.raises(ValidationError, match="choose a larger step"):
        spec({"path": RATE, "low": 1, "high": 2, "step": step}, method=method)


def test_a_grid_of_many_knobs_with_many_steps_is_refused_at_once():
    knobs = [
        {"path": RATE, "low": 0.001, "high": 1, "step": 0.00002},
        {"path": FILTERS, "low": 1, "high": 1000, "step": 1},
    ]
    with pytest.raises(SpecError, match="combinations"):
        build_space(spec(*knobs, method="grid"))


@pytest.mark.parametrize("field", ["low", "high", "step"])
@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1" + "0" * 400, "-1" + "0" * 400, "1e400"])
def test_numbers_without_an_end_are_refused(field, value):
    knob = {"path": RATE, "low": 1, "high": 2, "step": 0.5} | {field: "VALUE"}
    text = json.dumps({"base": {"recipe": "R2"}, "knobs": [knob]}).replace('"VALUE"', value)
    with pytest.raises(ValidationError):
        SweepSpec.model_validate_json(text)


def test_nested_brackets_in_a_sweep_file_are_one_validation_error():
    with pytest.raises(ValidationError):
        SweepSpec.model_validate_json("[" * 100_000)


@given(
    st.floats() | st.integers(),
    st.floats() | st.integers(),
    st.none() | st.floats(),
    st.integers(-1, 60),
    st.booleans(),
)
def test_any_range_is_a_space_of_bounded_size_or_an_error(low, high, step, points, log):
    try:
        knob = Knob(path=RATE, low=low, high=high, step=step, points=points, log=log)
        (one,) = build_space(spec(knob, method="grid"))
    except (ValidationError, SpecError):
        return
    assert 1 <= len(one.grid()) <= 1000
    one.draw(np.random.default_rng(0))


@given(
    st.dictionaries(
        st.sampled_from(
            ["trial", "state", "values", "run", "reason", "score", "curve", "parameters", "seconds", "base"]
        ),
        st.none()
        | st.integers(-3, 5)
        | st.floats()
        | st.text(max_size=5)
        | st.lists(st.floats() | st.text(max_size=3), max_size=3)
        | st.sampled_from(["done", "planned", {"training.learning_rate": 1}, {"x": []}]),
    )
)
def test_any_line_of_trials_is_a_trial_or_left_out(line):
    trials = read_trials([line, {"trial": 2, "state": "done", "score": 0.5, "values": {}}])
    assert 2 in [trial.number for trial in trials]
    assert all(trial.score is None or np.isfinite(trial.score) for trial in trials)
