"""Pruning and importance, against Optuna's and planted truths; the best, and figures of trials."""

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep_specs import FILTERS, OPTIMIZER, RATE, filters, rate, spec

from cnn_core.figures.sweep import SweepWords, compute_axis, compute_best_so_far, plot_trials
from cnn_core.sweeps import Knob, Pruning, Trial, build_space, compute_importance
from cnn_core.sweeps import importance as importance_module
from cnn_core.sweeps.pruning import is_hopeless
from cnn_core.sweeps.record import read_trials

optuna.logging.set_verbosity(optuna.logging.WARNING)
ACCURACY = st.floats(0, 1, allow_nan=False)
CURVES = st.lists(st.lists(ACCURACY, min_size=4, max_size=4), max_size=7)
KNOBS = (rate(), filters(), Knob(path=OPTIMIZER, choices=("Adam", "SGD")))


@given(CURVES, st.lists(ACCURACY, min_size=1, max_size=4), st.integers(1, 4), st.integers(1, 4))
def test_pruning_is_optunas_median_rule(finished, curve, warm_up, startup):
    study = optuna.create_study(direction="maximize")
    for one in finished:
        steps = dict(enumerate(one, start=1))
        study.add_trial(optuna.trial.create_trial(value=one[-1], intermediate_values=steps))
    trial = study.ask()
    for step, accuracy in enumerate(curve, start=1):
        trial.report(accuracy, step)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=startup, n_warmup_steps=warm_up)
    rule = Pruning(warm_up=warm_up, startup_trials=startup)
    assert is_hopeless(curve, finished, rule) == pruner.prune(study, study._storage.get_trial(trial._trial_id))


def test_pruning_can_be_switched_off():
    assert is_hopeless([0.1, 0.1], [[0.9, 0.9]] * 9, Pruning())
    assert not is_hopeless([0.1, 0.1], [[0.9, 0.9]] * 9, Pruning(enabled=False))


def planted():
    """Sixteen trials in which the filters decide nearly all, the rate a little and the optimizer nothing."""
    values = [(10 ** -(1 + i / 8), (1, 2, 4)[i % 3], ("Adam", "SGD")[i // 2 % 2]) for i in range(24)]
    return [
        Trial(i, {RATE: r, FILTERS: f, OPTIMIZER: o}, "done", score=0.5 + f / 10 + r / 20)
        for i, (r, f, o) in enumerate(values)
    ]


@pytest.mark.parametrize("means", ["fanova", "forest"])
def test_the_decisive_parameter_is_first_by_both_methods(means, monkeypatch):
    if means == "forest":
        monkeypatch.setattr(importance_module, "has_optuna", lambda: False)
    found = compute_importance(build_space(spec(*KNOBS)), planted())
    assert found.means == means
    assert next(iter(found.shares)) == FILTERS
    assert found.shares[FILTERS] > 0.7
    assert sum(found.shares.values()) == pytest.approx(1)


def test_importance_needs_four_different_finished_trials():
    space = build_space(spec(*KNOBS))
    assert compute_importance(space, planted()[:3]) is None
    alike = [Trial(i, {RATE: 0.1, FILTERS: 1, OPTIMIZER: "Adam"}, "done", score=0.5) for i in range(9)]
    assert compute_importance(space, alike) is None


def test_a_single_varied_parameter_has_all_the_importance():
    trials = [
        Trial(i, {RATE: 0.1, FILTERS: f, OPTIMIZER: "Adam"}, "done", score=f / 9) for i, f in enumerate((1, 2, 4, 1))
    ]
    assert compute_importance(build_space(spec(*KNOBS)), trials).shares[FILTERS] == 1


def test_a_pruned_trial_is_never_the_best():
    trials = [Trial(0, {}, "done", score=0.4), Trial(1, {}, "pruned", score=0.9), Trial(2, {}, "done", score=0.6)]
    assert compute_best_so_far(trials) == {0: 0.4, 1: 0.4, 2: 0.6}


def test_log_axes_have_plain_numbers_and_categorical_axes_names():
    trials = planted()
    by_rate, by_filters, by_optimizer = (compute_axis(d, trials) for d in build_space(spec(*KNOBS)))
    assert by_rate.span == (-4, -1)
    assert {"0.0001", "0.001", "0.01", "0.1"} <= {label for _, label in by_rate.ticks}
    assert [label for _, label in by_filters.ticks] == ["1", "2", "4"]
    assert [label for _, label in by_optimizer.ticks] == ["Adam", "SGD"]
    assert by_optimizer.values[:3] == (0, 0, 1)


def test_a_base_outside_the_search_space_is_on_the_axis():
    trials = [Trial(0, {RATE: 1.0, FILTERS: 64, OPTIMIZER: "RMSprop"}, "done", score=0.5, base=True)]
    by_rate, by_filters, by_optimizer = (compute_axis(d, trials) for d in build_space(spec(*KNOBS)))
    assert by_rate.span == (-4, 0)
    assert [label for _, label in by_filters.ticks][-1] == "64"
    assert by_optimizer.values == (2,)


def test_parallel_coordinates_have_one_axis_per_parameter_and_accuracy():
    words = SweepWords("accuracy", "trial", "best", "done", "pruned", "importance")
    (trace,) = plot_trials(build_space(spec(*KNOBS)), planted(), words, "s").data
    assert len(trace.dimensions) == 4
    assert list(trace.line.color) == [trial.score for trial in planted()]


def test_truncated_and_unknown_lines_are_skipped():
    lines = [{"trial": 0, "state": "planned", "values": {RATE: 0.1}}, {"trial": 0, "state": "done", "score": 0.5}]
    (trial,) = read_trials([*lines, {"trial": "x"}, {"trial": 1, "state": "unheard of"}, {"sweep": "stopped"}])
    assert (trial.values, trial.state, trial.score) == ({RATE: 0.1}, "done", 0.5)
