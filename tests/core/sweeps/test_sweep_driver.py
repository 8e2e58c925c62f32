"""The driver against an executor that trains nothing: limits, pruning, stopping, and going on after any end."""

import json
import time

import pytest
from pretend_executor import Killed, PretendExecutor, rate_score
from sweep_specs import BASE, KERNEL, OPTIMIZER, RATE, filters, rate, spec

from cnn_core.errors import LimitReached, RunError, RunNotFound
from cnn_core.runs.labels import read_labels
from cnn_core.sweeps import Knob, SweepDriver, SweepService, create_sweep, find_sweep, list_sweeps, read_sweep
from cnn_core.sweeps.folder import SWEEPS

PATIENCE_S = 60


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.01)
    pytest.fail(f"waited {PATIENCE_S} s for {what}")


def drive(folder, store, executor):
    SweepDriver(folder, store, executor, poll_s=0.001).drive()
    return read_sweep(folder)


def own_runs(store):
    return [run for run in store.list_runs().runs if not run.bundled]


@pytest.fixture
def sweep(store):
    """sweep(knobs, **fields) → the folder of a new one."""
    return lambda *knobs, **fields: create_sweep(store.runs_dir, spec(*knobs, **fields), owner="me")


def test_twenty_trials_are_twenty_runs_that_record_their_sweep(store, sweep):
    folder = sweep(trials=20, epochs=2)
    record = drive(folder, store, PretendExecutor(store))
    runs = own_runs(store)
    assert record.state == "completed"
    assert record.counts == {"done": 20}
    assert len(runs) == 20
    assert {run.folder.facts.sweep for run in runs} == {folder.id}
    assert {run.folder.facts.owner for run in runs} == {"me"}
    assert {read_labels(run.folder.path).tags for run in runs} == {(folder.tag,)}
    assert record.best.score == max(rate_score(run.experiment) for run in runs)
    assert record.base_trial.values[RATE] == BASE.training.learning_rate
    assert record.best.test_accuracy == pytest.approx(record.best.score - 0.01)


@pytest.mark.parametrize("method", ["random", "bayesian", "grid"])
@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_a_new_driver_continues_after_a_kill_without_repeats(store, sweep, moment, method):
    whole = drive(sweep(rate(points=7), trials=8, method=method), store, PretendExecutor(store))
    runs_before = len(own_runs(store))
    folder = sweep(rate(points=7), trials=8, method=method)
    first, second = PretendExecutor(store, dies=(moment, 5)), PretendExecutor(store)
    with pytest.raises(Killed):
        drive(folder, store, first)
    assert read_sweep(folder).state == "interrupted"
    kept = folder.trials_path.read_text()
    record = drive(folder, store, second)
    assert record.state == "completed"
    assert folder.trials_path.read_text().startswith(kept)
    assert [trial.values for trial in record.trials] == [trial.values for trial in whole.trials]
    assert [trial.score for trial in record.trials] == [trial.score for trial in whole.trials]
    assert len(own_runs(store)) - runs_before == len(record.trials) >= 7
    assert len(second.resumed) == (moment == "during")  # it goes on, from its checkpoint


def test_twenty_trials_survive_a_kill_every_few_trials(store, sweep):
    folder, moments = sweep(trials=20, method="random"), ["before", "during", "after"] * 3
    for moment in moments:
        with pytest.raises(Killed):
            drive(folder, store, PretendExecutor(store, dies=(moment, 2)))
    assert drive(folder, store, PretendExecutor(store)).counts == {"done": 20}
    assert len(own_runs(store)) == 20


def test_active_trials_are_limited_by_the_executor(store, sweep):
    executor = PretendExecutor(store, capacity=2, holds=True)
    driver = SweepDriver(sweep(trials=5), store, executor, poll_s=0.001)
    driver.start()
    for count in range(2, 6):
        wait_for(lambda count=count: len(executor.submitted) == count, f"{count} runs")
        time.sleep(0.03)
        assert len(executor.submitted) == count
        executor.finish(executor.submitted[count - 2])
    executor.finish(executor.submitted[-1])
    wait_for(lambda: not driver.is_alive(), "the end")
    assert read_sweep(driver.folder).counts == {"done": 5}


def test_a_bad_trial_is_pruned_and_a_good_one_is_not(store, sweep):
    executor = PretendExecutor(store, holds=True)
    folder = sweep(rate(), trials=4, epochs=3, pruning={"startup_trials": 2})
    driver = SweepDriver(folder, store, executor, poll_s=0.001)
    driver.start()
    for number, accuracies in enumerate([(0.5, 0.6, 0.7), (0.6, 0.7, 0.8), (0.1,), (0.9, 0.9, 0.9)]):
        wait_for(lambda number=number: len(executor.submitted) == number + 1, f"trial {number}")
        run_id = executor.submitted[number]
        for accuracy in accuracies:
            executor.epoch(run_id, accuracy)
            time.sleep(0.02)
        if number != 2:
            executor.finish(run_id)
    wait_for(lambda: not driver.is_alive(), "the end")
    record = read_sweep(folder)
    assert [trial.state for trial in record.trials] == ["done", "done", "pruned", "done"]
    assert executor.stopped == [executor.submitted[2]]
    assert record.trials[2].curve == (0.1,)
    assert record.best.number == 3


def test_untrainable_trials_are_counted_with_reasons_and_not_submitted(store, sweep):
    executor = PretendExecutor(store)
    record = drive(sweep(Knob(path=KERNEL, choices=(5, 29, 30)), method="grid"), store, executor)
    assert record.counts == {"done": 1, "skipped": 2}
    assert len(executor.submitted) == 1
    assert all("does not fit" in trial.reason for trial in record.trials if trial.state == "skipped")


def test_arguments_of_one_optimizer_are_rejected_for_others(store, sweep):
    knobs = Knob(path="training.optimizer.beta_1", choices=(0.5,)), Knob(path=OPTIMIZER, choices=("Adam", "SGD"))
    record = drive(sweep(*knobs, method="grid"), store, PretendExecutor(store))
    assert record.counts == {"done": 2, "skipped": 1}


def test_an_error_that_also_affects_the_base_ends_the_sweep(store, sweep, monkeypatch):
    class Full(PretendExecutor):
        def submit(self, experiment, owner="", sweep=""):
            raise LimitReached("more than this server allows")

    folder = sweep(trials=4, epochs=3)
    monkeypatch.setenv("CNN_LAB_MAX_EPOCHS", "2")
    record = drive(folder, store, Full(store))
    assert record.state == "failed"
    assert "3 epochs are more" in record.reason
    assert own_runs(store) == []
    monkeypatch.delenv("CNN_LAB_MAX_EPOCHS")
    assert drive(folder, store, PretendExecutor(store)).counts == {"done": 4}


def test_three_failures_in_a_row_end_the_sweep_with_the_last_reason(store, sweep):
    class Failing(PretendExecutor):
        def finish(self, run_id):
            self.store.find(run_id).folder.writer().emit("state", state="failed", reason="No space left.")
            self._held.pop(run_id).release()

    record = drive(sweep(trials=9), store, Failing(store))
    assert record.state == "failed"
    assert "No space left." in record.reason
    assert record.counts == {"failed": 3}


def test_a_stopped_sweep_stops_its_runs_and_can_resume(store, sweep):
    executor = PretendExecutor(store, capacity=2, holds=True)
    desk = SweepService(store, executor)
    folder = desk.start(spec(trials=4), owner="me")
    wait_for(lambda: len(executor.submitted) == 2, "two runs")
    desk.stop(folder.id)
    wait_for(lambda: desk.find(folder.id).state == "stopped", "the stop")
    assert sorted(executor.stopped) == sorted(executor.submitted)
    executor._holds = False
    desk.go_on(folder.id)
    wait_for(lambda: desk.find(folder.id).state == "completed", "the end")
    assert len(executor.submitted) == 4
    assert sorted(executor.resumed) == sorted(executor.stopped)
    with pytest.raises(RunError, match="complete"):
        desk.go_on(folder.id)


def test_after_a_restart_only_unfinished_sweeps_resume(store, sweep):
    left, stopped = sweep(trials=3), sweep(trials=3)
    with pytest.raises(Killed):
        drive(left, store, PretendExecutor(store, dies=("during", 2)))
    stopped.append(sweep="stopped")
    desk = SweepService(store, PretendExecutor(store))
    desk.go_on_with_unfinished()
    wait_for(lambda: desk.find(left.id).state == "completed", "the end")
    assert desk.find(stopped.id).state == "stopped"
    assert not desk.find(stopped.id).trials


def test_a_closed_driver_releases_the_sweep(store, sweep):
    executor = PretendExecutor(store, holds=True)
    desk = SweepService(store, executor)
    folder = desk.start(spec(trials=2))
    wait_for(lambda: len(executor.submitted) == 1, "a run")
    desk.close()
    assert desk.find(folder.id).state == "interrupted"
    executor.finish(executor.submitted[0])
    assert drive(folder, store, PretendExecutor(store)).counts == {"done": 2}


def test_only_one_process_drives_a_sweep(store, sweep):
    folder = sweep()
    with folder.lock(), pytest.raises(RunError, match="another process"):
        SweepDriver(folder, store, PretendExecutor(store)).drive()
    with folder.lock():
        assert read_sweep(folder).state == "running"


def test_manually_stopped_or_deleted_runs_are_not_candidates(store, sweep):
    class ByHand(PretendExecutor):
        def finish(self, run_id):
            if len(self.submitted) == 2:
                self.end(run_id, "stopped")
            else:
                super().finish(run_id)

    record = drive(sweep(trials=3), store, ByHand(store))
    assert [trial.state for trial in record.trials] == ["done", "stopped", "done"]
    assert record.best.number != 1


def test_the_best_trial_becomes_a_design_with_epochs_and_split_of_the_base(store, sweep):
    record = drive(sweep(rate(), filters(), trials=6, epochs=3), store, PretendExecutor(store))
    design = record.design_of(record.best)
    assert design.training.learning_rate == record.best.values[RATE]
    assert (design.training.epochs, design.training.validation_split) == (1, 0)


def test_sweeps_are_listed_newest_first_with_damaged_ones_as_messages(store, sweep):
    first = sweep()
    second = create_sweep(store.runs_dir, spec(name="zweiter"))
    damaged = store.runs_dir / SWEEPS / "19990101-damaged"
    damaged.mkdir()
    (damaged / "sweep.json").write_text(json.dumps({"id": "x"}))
    records, problems = list_sweeps(store.runs_dir)
    assert {record.id for record in records} == {first.id, second.id}
    assert len(problems) == 1
    assert "19990101-damaged" in problems[0]
    assert find_sweep(store.runs_dir, "zweiter").id == second.id
    with pytest.raises(RunNotFound, match="no sweep called 'nobody'"):
        find_sweep(store.runs_dir, "nobody")
    assert own_runs(store) == []
    assert store.list_runs().problems == ()


def test_a_truncated_line_is_closed_before_the_next(store, sweep):
    folder = sweep()
    folder.append(trial=0, state="planned", values={})
    with folder.trials_path.open("a") as file:
        file.write('{"trial": 1, "sta')
    folder.append(trial=2, state="planned", values={})
    assert [line["trial"] for line in folder.lines()] == [0, 2]
