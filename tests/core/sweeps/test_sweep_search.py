"""What a sweep tries next: always the same for the same past, never anything twice."""

import math
from itertools import pairwise

import pytest
from sweep_specs import BASE, KERNEL, OPTIMIZER, RATE, filters, rate, spec

from cnn_core.errors import RunError
from cnn_core.sweeps import Knob, Trial, build_space
from cnn_core.sweeps import bayesian as bayesian_module
from cnn_core.sweeps.search import explain_end, propose

METHODS = ("random", "bayesian", "grid")
SEVERAL = (rate(points=4), filters(1, 2, 4), Knob(path=OPTIMIZER, choices=("Adam", "SGD")))


def search(one, score=lambda values: 0.5, state="done", at_most=1000):
    """All trials of a sweep whose runs would score so."""
    space, trials = build_space(one), []
    while len(trials) < at_most and (values := propose(one, space, trials)) is not None:
        trials.append(Trial(len(trials), values, state, score=score(values), curve=(score(values),)))
    return trials


def distance(values):
    return 1 - abs(math.log10(values[RATE]) + 2) / 4


@pytest.mark.parametrize("method", METHODS)
def test_the_base_is_tried_first_and_nothing_twice(method):
    trials = search(spec(*SEVERAL, method=method, trials=14))
    assert trials[0].values == {RATE: 0.001, "architecture.layers.conv1.filters": 2, OPTIMIZER: "Adam"}
    assert len({repr(trial.values) for trial in trials}) == len(trials) == (14 if method != "grid" else 24)


@pytest.mark.parametrize("method", METHODS)
def test_equal_histories_give_equal_proposals(method):
    one = spec(*SEVERAL, method=method, trials=8)
    assert search(one) == search(one)
    if method != "grid":
        assert search(one) != search(one.model_copy(update={"seed": 1}))


def test_a_random_search_ends_when_all_values_have_been_tried():
    one = spec(filters(1, 2, 4), Knob(path=OPTIMIZER, choices=("Adam", "SGD")), trials=50)
    trials = search(one)
    assert len(trials) == 6
    assert "All different values" in explain_end(one, trials)


@pytest.mark.parametrize("method", ["random", "bayesian"])
def test_a_search_ends_when_every_proposal_is_rejected(method):
    one = spec(Knob(path=KERNEL, low=6, high=31), rate(), method=method, trials=2)
    trials = search(one, state="skipped", at_most=100)
    assert len(trials) == 20
    assert "refused" in explain_end(one, trials)


def test_a_bayesian_search_improves_on_its_random_start():
    trials = search(spec(rate(low=1e-5, high=1.0), filters(), method="bayesian", trials=24), distance)
    scores = [distance(trial.values) for trial in trials]
    assert sum(scores[-8:]) > sum(scores[1:9])
    assert max(scores) > 0.95


def test_a_bayesian_search_uses_pruned_and_rejected_trials():
    one = spec(rate(), filters(), method="bayesian", trials=30)
    space = build_space(one)
    past = [
        Trial(i, {RATE: 10**-x, "architecture.layers.conv1.filters": 2}, "done", score=0.9)
        for i, x in enumerate((1.1, 1.2, 1.3, 1.4, 1.5, 1.6))
    ]
    past += [
        Trial(6 + i, {RATE: 10**-x, "architecture.layers.conv1.filters": 2}, "skipped")
        for i, x in enumerate((3.2, 3.3, 3.4, 3.5, 3.6, 3.7))
    ]
    past += [
        Trial(12 + i, {RATE: 10**-x, "architecture.layers.conv1.filters": 2}, "pruned", score=0.1, curve=(0.1,))
        for i, x in enumerate((2.6, 2.7, 2.8))
    ]
    proposed = [propose(one.model_copy(update={"seed": seed}), space, past)[RATE] for seed in range(10)]
    assert sorted(proposed)[4] > 10**-2.5


def test_a_bayesian_search_accepts_a_base_outside_the_ranges():
    one = spec(rate(low=0.01, high=0.1), filters(8, 16), method="bayesian", trials=8)
    trials = search(one, distance)
    assert len(trials) == 8
    assert all(a.values != b.values for a, b in pairwise(trials))
    assert trials[0].values[RATE] == BASE.training.learning_rate


def test_without_optuna_the_error_has_the_install_command(monkeypatch):
    monkeypatch.setattr(bayesian_module, "find_spec", lambda name: None)
    one = spec(*SEVERAL, method="bayesian", include_base=False)
    with pytest.raises(RunError, match=r"pip install -r requirements-sweep\.txt"):
        propose(one, build_space(one), [])
    assert len(search(spec(*SEVERAL, method="random", trials=5))) == 5
