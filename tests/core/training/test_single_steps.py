"""Training one batch or one epoch at a time, by commands in the run folder."""

import threading
import time

import numpy as np
import pytest
from small_runs import STEPS, digits_experiment, events_of, identical, interventions_of, states_of, weights_of

from cnn_core import RunStore, train_run
from cnn_core.export.script import write_script
from cnn_core.runs.snapshots import load_live_weights, load_snapshot
from cnn_core.training import steering

PATIENCE_S = 120


class Stepped:
    """A run that trains in a thread, paused before its first step."""

    def __init__(self, runs_dir, experiment):
        self.store = RunStore(runs_dir)
        self.folder = self.store.create(experiment)
        self.folder.command("pause")
        self.thread = threading.Thread(target=train_run, args=(self.folder,), daemon=True)
        self.thread.start()
        self.wait_for_pause(1)

    @property
    def pauses(self):
        return states_of(self.folder).count("paused")

    def wait_for_pause(self, count):
        deadline = time.monotonic() + PATIENCE_S
        while self.pauses < count and self.thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert self.pauses == count

    def step(self, what):
        before = self.pauses
        self.folder.command("step", what)
        self.wait_for_pause(before + 1)

    def finish(self, command="resume", value=None):
        self.folder.command(command, value)
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
        return self.store.find(self.folder.id)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch):
    monkeypatch.setattr(steering, "_LOOK_INTERVAL_S", 0.01)


def test_a_run_can_begin_paused_and_shows_its_untrained_network(tmp_path):
    run = Stepped(tmp_path, digits_experiment(epochs=1))
    assert events_of(run.folder, "batch") == []
    [stats] = events_of(run.folder, "layer_stats")
    assert (stats["epoch"], stats["step"]) == (1, 0)
    assert all(gradient > 0 for gradient in stats["gradients"])
    assert identical(load_live_weights(run.folder.weights_dir), load_snapshot(run.folder.weights_dir, 0))
    assert run.finish().state == "completed"


def test_each_batch_is_one_step_with_its_loss_gradients_and_weights(tmp_path):
    run = Stepped(tmp_path, digits_experiment(epochs=1))
    weights = [load_live_weights(run.folder.weights_dir)]
    for step in (1, 2, 3):
        run.step("batch")
        batches, stats = events_of(run.folder, "batch"), events_of(run.folder, "layer_stats")
        assert [event["step"] for event in batches] == list(range(1, step + 1))
        assert [event["samples"] for event in batches] == [100 * count for count in range(1, step + 1)]
        assert [event["step"] for event in stats] == list(range(step + 1))
        weights.append(load_live_weights(run.folder.weights_dir))
        assert not identical(weights[-2], weights[-1])
    record = run.finish()
    assert record.state == "completed"
    steps = [(1, step, "step", "batch") for step in (1, 2, 3)]
    assert interventions_of(record) == [(1, 0, "pause", None), *steps, (1, 3, "resume", None)]


def test_an_epoch_is_one_step_and_the_last_one_completes_the_run(tmp_path):
    run = Stepped(tmp_path, digits_experiment(epochs=2))
    run.step("epoch")
    assert [event["epoch"] for event in events_of(run.folder, "epoch")] == [1]
    record = run.finish("step", "epoch")
    assert record.state == "completed"
    assert len(record.history.epochs) == 2


def test_an_epoch_can_follow_single_batches(tmp_path):
    run = Stepped(tmp_path, digits_experiment(epochs=2))
    for what in ("batch", "batch", "epoch", "batch"):
        run.step(what)
    last = events_of(run.folder, "batch")[-1]
    assert (last["epoch"], last["step"]) == (2, 1)
    run.finish()


@pytest.mark.parametrize("batch_size", [100, 1])  # with one image a step, a call of TensorFlow has many steps
def test_single_steps_give_the_same_weights_as_training_in_one_go(tmp_path, batch_size):
    experiment = digits_experiment(epochs=1, batch_size=batch_size, train_share=1.0 if batch_size > 1 else 0.9)
    whole = RunStore(tmp_path / "whole").create(experiment)
    train_run(whole)
    run = Stepped(tmp_path / "stepped", experiment)
    for _ in range(STEPS // 2):
        run.step("batch")
    stepped = run.finish()
    assert identical(weights_of(stepped.folder), weights_of(whole))
    ours, theirs = events_of(stepped.folder, "epoch"), events_of(whole, "epoch")
    assert [event["val_loss"] for event in ours] == [event["val_loss"] for event in theirs]
    assert [event["loss"] for event in ours] == [event["loss"] for event in theirs]


def test_a_batch_in_the_middle_of_a_call_has_its_own_loss(tmp_path):
    """Calls of several steps are divided: the losses of single batches average to that of all of them."""
    experiment = digits_experiment(epochs=1, batch_size=1)
    run = Stepped(tmp_path, experiment)
    for _ in range(4):
        run.step("batch")
    batches = events_of(run.folder, "batch")
    assert [event["samples"] for event in batches] == [1, 2, 3, 4]
    assert len({event["loss"] for event in batches}) == 4
    assert {event["accuracy"] for event in batches} <= {0.0, 1.0}
    run.finish("stop")


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_stop_ends_a_stepped_run_with_its_model(tmp_path, steps):
    run = Stepped(tmp_path, digits_experiment(epochs=3))
    for _ in range(steps):
        run.step("batch")
    record = run.finish("stop")
    assert record.state == "stopped"
    assert record.has_model
    assert len(record.history.epochs) == 1


def test_a_learning_rate_set_before_the_first_step_applies_to_it_and_is_in_the_script(tmp_path):
    run = Stepped(tmp_path, digits_experiment(epochs=1))
    run.folder.command("learning_rate", 0.02)
    run.step("batch")
    assert events_of(run.folder, "batch")[0]["learning_rate"] == pytest.approx(0.02)
    record = run.finish()
    script = write_script(record.experiment, record.history.interventions)
    compile(script, "exported", "exec")
    begin = script[script.index("def on_epoch_begin") : script.index("history = model.fit")]
    assert "if self.epoch == 1:\n            self.model.optimizer.learning_rate = 0.02" in begin


@pytest.mark.parametrize("value", [None, "week", 3])
def test_an_unknown_step_has_no_effect(tmp_path, value):
    run = Stepped(tmp_path, digits_experiment(epochs=1))
    run.folder.command("step", value)
    record = run.finish()
    assert "step" not in [what for _, _, what, _ in interventions_of(record)]
    assert np.isfinite(record.history.test_accuracy)
