"""A race: who starts when, what is there already, and who falls behind."""

import pytest
from many_runs import own_contenders, write_run

from cnn_core import RunStore, find_recipe
from cnn_core.comparison.race import find_behind, fit_experiment, plan_race
from cnn_core.errors import SpecError

R2, R5, DENSE = (find_recipe(name).experiment.on_dataset("digits") for name in ("R2", "R5", "Dense"))


@pytest.fixture
def running(tmp_path):
    """running({R2: [0.9, 0.95]}) → contenders, each with one run under way that has these accuracies by epoch."""

    def make(*entries):
        locks = []
        for index, (experiment, accuracies) in enumerate(entries):
            folder = write_run(tmp_path, index, experiment, accuracies, ended=False)
            locks.append(folder.lock())
            locks[-1].acquire()
        made[:] = locks
        return own_contenders(tmp_path)

    made = []
    yield make
    for lock in made:
        lock.release()


def test_all_first_seeds_come_before_any_second_seed():
    starts = plan_race([R2, R5, DENSE], 2, ())
    assert [start.experiment.name for start in starts] == [R2.name, R5.name, DENSE.name] * 2
    assert [start.experiment.training.seed for start in starts] == [1337] * 3 + [1338] * 3


def test_seeds_count_up_from_the_seed_of_each_experiment():
    starts = plan_race([R2.with_training(seed=7), R5.with_training(seed=2**31 - 1)], 2, ())
    assert [start.experiment.training.seed for start in starts] == [7, 2**31 - 1, 8, 0]


def test_only_failed_runs_are_started_again(tmp_path, running):
    write_run(tmp_path, 50, R2, [0.9])
    write_run(tmp_path, 51, R2.with_training(seed=1338), [0.9], ended=False)  # no one works on it: interrupted
    running((R5, [0.9]))
    runs = RunStore(tmp_path).list_runs().runs
    assert [bool(start.done) for start in plan_race([R2, R5], 2, runs)] == [True, True, False, False]


def test_a_bundled_run_is_the_first_repeat(tmp_path):
    starts = plan_race([find_recipe("R2").experiment], 3, RunStore(tmp_path).list_runs().runs)
    assert [start.done.id if start.done else None for start in starts] == ["three-conv-3x3-valid", None, None]


def test_equal_experiments_start_once():
    assert len(plan_race([R2, R2.with_training(seed=5), R5], 3, ())) == 6


def test_all_contenders_get_the_same_dataset_and_shared_settings():
    fitted = fit_experiment(find_recipe("R2").experiment, "cifar10", epochs=2, batch_size=100)
    assert fitted.architecture.input_shape == (32, 32, 3)
    assert (fitted.training.epochs, fitted.training.batch_size) == (2, 100)


def test_a_network_that_does_not_fit_the_dataset_is_named_in_the_error():
    layers = R2.architecture.layers
    wrong = layers[-1].model_copy(update={"units": 3})
    eleven = R2.model_copy(update={"architecture": R2.architecture.with_layers([*layers[:-1], wrong])})
    with pytest.raises(SpecError, match=R2.name):
        fit_experiment(eleven, "digits")


def test_the_worse_half_is_behind_at_the_last_common_epoch(running):
    field = running((R2, [0.9, 0.99]), (R5, [0.8, 0.85, 0.999]), (DENSE, [0.7, 0.98]))
    assert [one.experiment for one in find_behind(field)] == [R5]  # ahead only in an epoch that the others lack


def test_no_contender_is_behind_before_all_have_an_epoch(running):
    assert find_behind(running((R2, [0.9]), (R5, []))) == []


def test_equal_contenders_are_not_behind(running):
    assert find_behind(running((R2, [0.9]), (R5, [0.9]))) == []


def test_a_finished_contender_has_nothing_to_stop(tmp_path, running):
    field = running((R2, [0.9, 0.9]))
    write_run(tmp_path, 9, R5, [0.5])
    everyone = own_contenders(tmp_path)
    assert len(field) == 1
    assert find_behind(everyone) == []
