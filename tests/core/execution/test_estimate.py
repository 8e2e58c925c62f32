"""Estimates against a machine whose every phase is known: its clock only counts, nothing is trained."""

import itertools
import random

import pytest
from small_runs import digits_experiment

from cnn_core import compute_anatomy, find_recipe
from cnn_core.architecture.layers import BatchNormalization, Conv2D, Dense, Flatten
from cnn_core.comparison.race import fit_experiment, plan_race
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.execution.estimate import Estimator, Line, measure_others
from cnn_core.learning.lessons import build_steps, list_lessons
from cnn_core.runs.calibration import Calibration
from cnn_core.runs.history import History, Plan
from cnn_core.runs.timings import FILE_NAME, KEPT, keep_timing, measure_timing, read_timings

CALIBRATION = Calibration(per_step=0.003, per_mac=2e-11, per_parameter=2e-9, bfloat16_gain=1)
LESSONS = ("no-pooling", "how-many-filters", "learning-rate", "batch-size")


class Machine:
    """Trains by adding seconds to a clock. It is `slower` than calibrated, and every phase varies by 20 percent."""

    def __init__(self, runs_dir, capacity=1, slower=1.5, cold=9.0, seed=0):
        self.runs_dir, self.capacity, self.slower, self.cold = runs_dir, capacity, slower, cold
        self.now, self.spare = 1000.0, True
        self.rng = random.Random(seed)

    def estimator(self):
        return Estimator(CALIBRATION, read_timings(self.runs_dir))

    def estimate(self, experiments):
        line = Line(self.capacity, spare=0.0 if self.spare else None)
        return self.estimator().estimate_total(experiments, line)

    def train(self, experiments):
        """Seconds until all are complete, each in the slot that is free first."""
        began, slots = self.now, [self.now] * self.capacity
        for experiment in experiments:
            place = slots.index(min(slots))
            slots[place] = self._train_one(experiment, slots[place], warm=self.spare)
            self.spare = False
        self.now, self.spare = max(slots), True
        return self.now - began

    def _train_one(self, experiment, given, warm):
        began = given + self._vary(0.2 if warm else self.cold)
        planned = began + self._vary(3.0)
        epochs, time = [], planned
        samples = experiment.training.count_samples(DATASETS[experiment.dataset].train_count)
        for epoch in range(1, experiment.training.epochs + 1):
            seconds = self._vary(self.slower * seconds_of_epoch(experiment, samples)) + (1.5 if epoch == 1 else 0)
            time += seconds
            epochs.append({"epoch": epoch, "seconds": seconds, "time": time})
        ended = time + self._vary(1.2)
        plan = Plan(len(epochs), 1, samples, 0, "test")
        history = History("completed", plan=plan, epochs=tuple(epochs), started=began, planned=planned, last_time=ended)
        timing = measure_timing(experiment, history, given, warm, self.estimator().calibrate(experiment))
        keep_timing(self.runs_dir, timing, read_timings(self.runs_dir))
        return ended

    def _vary(self, seconds):
        return seconds * self.rng.uniform(0.8, 1.2)


def seconds_of_epoch(experiment, samples):
    anatomy = compute_anatomy(experiment.architecture)
    watching = DATASETS[experiment.dataset].test_count * anatomy.macs * CALIBRATION.per_mac / 3
    return CALIBRATION.estimate_epoch(anatomy, samples, experiment.training.batch_size) + watching + 0.2


def race():
    pair = [fit_experiment(find_recipe(short).experiment, "digits", epochs=3) for short in ("R2", "R5")]
    return [start.experiment for start in plan_race(pair, 3, ())]


def sweep():
    base = find_recipe("R5").experiment.on_dataset("digits").with_training(epochs=2)
    return [base.with_training(learning_rate=rate) for rate in (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016)]


WORK = {
    **{short: [find_recipe(short).experiment] for short in ("R1", "R2", "R3", "R4", "R5")},
    "race": race(),
    "sweep": sweep(),
    **{name: [s.experiment for s in build_steps(list_lessons().find(name), "digits")] for name in LESSONS},
}


@pytest.mark.parametrize("capacity", [1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_every_estimate_is_within_a_factor_of_two_from_the_first_run_on(tmp_path, capacity, seed):
    machine = Machine(tmp_path, capacity, seed=seed)
    names = list(WORK)
    machine.rng.shuffle(names)
    for name in names:
        estimate = machine.estimate(WORK[name])
        actual = machine.train(WORK[name])
        assert 0.5 < estimate / actual < 2, (name, estimate, actual)


@pytest.mark.parametrize("name", ["R2", "race", "sweep", *LESSONS])
def test_what_was_trained_before_is_estimated_within_a_third(tmp_path, name):
    machine = Machine(tmp_path, slower=4, cold=20)
    machine.train(WORK[name])
    estimate = machine.estimate(WORK[name])
    assert estimate == pytest.approx(machine.train(WORK[name]), rel=0.33)


def test_start_up_counts_for_every_run_and_the_spare_worker_for_one():
    estimator, one = Estimator(CALIBRATION), digits_experiment()
    cold, warm = estimator.launch(warm=False), estimator.launch(warm=True)
    body = estimator.estimate_run(one)
    assert estimator.estimate_total([one], Line()) == pytest.approx(cold + body)
    assert estimator.estimate_total([one], Line(spare=0.0)) == pytest.approx(warm + body)
    assert estimator.estimate_total([one] * 3, Line(spare=0.0)) == pytest.approx(warm + 2 * cold + 3 * body)
    assert estimator.estimate_total([one], Line(spare=3.0)) == pytest.approx(warm + 3 + body)


def test_runs_ahead_in_the_line_count():
    estimator, one = Estimator(CALIBRATION), digits_experiment()
    each = estimator.launch(warm=False) + estimator.estimate_run(one)
    busy = Line(1, {"a": 40.0}, {"b": one})
    assert estimator.estimate_total([one], busy) == pytest.approx(40 + 2 * each)
    assert estimator.estimate_total([], busy, ["a"]) == pytest.approx(40)
    assert estimator.estimate_total([], busy, ["a", "b"]) == pytest.approx(40 + each)
    assert estimator.estimate_total([one], Line(2, {"a": 40.0})) == pytest.approx(each)
    assert estimator.estimate_total([], busy) == 0


def test_an_estimate_is_unknown_where_nothing_was_measured(tmp_path):
    one = digits_experiment()
    normalized = digits_experiment(Conv2D(filters=2), BatchNormalization(), Flatten(), Dense(units=10))
    assert Estimator(None).estimate_total([one], Line()) is None
    assert Estimator(CALIBRATION).estimate_total([normalized], Line()) is None
    assert Estimator(CALIBRATION).estimate_total([one], Line(1, {"paused": None})) is None
    assert Estimator(CALIBRATION).estimate_total([one.with_training(early_stopping=2)], Line()) is None


def test_nothing_is_estimated_while_other_programs_take_the_processors(monkeypatch):
    one = digits_experiment()
    assert Estimator(CALIBRATION).estimate_total([one], Line(others=3.0)) is None
    assert Estimator(CALIBRATION).estimate_total([one], Line(others=1.0)) is not None
    monkeypatch.setattr("os.getloadavg", lambda: (8.0, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert measure_others(0) == 4.0
    assert measure_others(1) == 2.5
    assert measure_others(4) == 0.0


def test_a_network_that_calibration_does_not_cover_is_known_once_it_was_trained(tmp_path):
    normalized = digits_experiment(Conv2D(filters=2), BatchNormalization(), Flatten(), Dense(units=10))
    epochs = tuple({"epoch": i, "seconds": 2.0, "time": 10.0 + 2 * i} for i in (1, 2))
    history = History("completed", plan=Plan(2, 15, 1500, 9, "test"), epochs=epochs, started=5.0, planned=9.0)
    timing = measure_timing(normalized, history, 4.0, warm=True)
    assert Estimator(None, [timing]).estimate_epoch(normalized) == pytest.approx(2.0)
    larger = normalized.with_training(batch_size=10)
    assert Estimator(None, [timing]).estimate_epoch(larger) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "stopped"},
        {"interventions": ({"what": "pause"},)},
        {"interventions": ({"what": "epochs", "value": 3},)},
        {"plan": Plan(2, 15, 1500, 9, "test", first_epoch=2)},
        {"epochs": ()},
        {"download": {"bytes": 1, "total": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_only_runs_completed_in_one_go_are_measured(changes):
    epochs = ({"epoch": 1, "seconds": 2.0, "time": 12.0},)
    facts = {"state": "completed", "plan": Plan(1, 15, 1500, 9, "test"), "epochs": epochs, "started": 5.0}
    assert measure_timing(digits_experiment(), History(**facts, planned=9.0), 4.0, warm=True)
    assert measure_timing(digits_experiment(), History(**facts | changes, planned=9.0), 4.0, warm=True) is None


def test_the_newest_timings_are_kept_and_a_damaged_file_counts_as_empty(tmp_path):
    epochs = ({"epoch": 1, "seconds": 2.0, "time": 12.0},)
    history = History("completed", plan=Plan(1, 15, 1500, 9, "test"), epochs=epochs, started=5.0, planned=9.0)
    for given in itertools.islice(itertools.count(), KEPT + 5):
        timing = measure_timing(digits_experiment(), history, 4.0 - given / 100, warm=True)
        keep_timing(tmp_path, timing, read_timings(tmp_path))
    assert len(read_timings(tmp_path)) == KEPT
    assert read_timings(tmp_path)[-1].launch == pytest.approx(1 + 0.44)
    (tmp_path / FILE_NAME).write_text("[{")
    assert read_timings(tmp_path) == ()
