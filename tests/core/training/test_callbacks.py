import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.runs.events import read_events
from cnn_core.runs.folder import create_run
from cnn_core.runs.training_state import start_training_state
from cnn_core.training import callbacks
from cnn_core.training.callbacks import EventCallback


class Model:
    class optimizer:
        learning_rate = 0.25


class Clock:
    """Goes on only when it is told to."""

    def __init__(self):
        self.seconds = 1e6

    def now(self):
        return self.seconds


def build_callback(folder, experiment, samples, batch_size, clock):
    callback = EventCallback(folder.writer(), start_training_state(experiment.training), samples, batch_size, clock)
    callback.set_model(Model())
    return callback


@pytest.fixture
def every_batch(monkeypatch):
    monkeypatch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)


def record(folder, experiment, batch_losses, samples, batch_size, steps_per_call=1):
    """Feeds an epoch to the callback as Keras does: running means over the images seen so far."""
    callback = build_callback(folder, experiment, samples, batch_size, Clock())
    callback.on_epoch_begin(0)
    sizes = [min(batch_size, samples - start) for start in range(0, samples, batch_size)]
    for step in [*range(steps_per_call - 1, len(sizes) - 1, steps_per_call), len(sizes) - 1]:
        mean = float(np.average(batch_losses[: step + 1], weights=sizes[: step + 1]))
        callback.on_train_batch_end(step, {"loss": mean, "accuracy": mean / 10})
    return [event for event in read_events(folder.events_path) if event["type"] == "batch"]


@pytest.mark.usefixtures("every_batch")
@given(losses=st.lists(st.floats(0, 10), min_size=1, max_size=9), last=st.integers(1, 4))
def test_a_point_is_the_mean_of_its_batch_not_the_running_mean(tmp_path_factory, tiny_experiment, losses, last):
    folder = create_run(tmp_path_factory.mktemp("runs"), tiny_experiment)
    samples = 4 * (len(losses) - 1) + last  # the last batch may be smaller
    events = record(folder, tiny_experiment, losses, samples, batch_size=4)
    assert [event["loss"] for event in events] == pytest.approx(losses, abs=1e-6)
    assert [event["accuracy"] for event in events] == pytest.approx([loss / 10 for loss in losses], abs=1e-6)
    assert {event["learning_rate"] for event in events} == {0.25}


@pytest.mark.usefixtures("every_batch")
def test_a_point_over_several_steps_is_their_mean(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    events = record(folder, tiny_experiment, [1, 3, 5, 7, 9], 20, 4, steps_per_call=2)
    assert [event["loss"] for event in events] == pytest.approx([2, 6, 9])
    assert [event["step"] for event in events] == [2, 4, 5]
    assert [event["samples"] for event in events] == [8, 16, 20]


def test_between_the_first_and_the_last_batch_points_wait_for_the_interval(tmp_path, tiny_experiment):
    events = record(create_run(tmp_path, tiny_experiment), tiny_experiment, [1, 2, 3, 4], 16, 4)
    assert [event["step"] for event in events] == [1, 4]
    assert [event["loss"] for event in events] == pytest.approx([1, 3])


def test_the_last_batch_of_an_epoch_has_a_point(tmp_path, tiny_experiment):
    events = record(create_run(tmp_path, tiny_experiment), tiny_experiment, [1.0] * 50, 199, 4)
    assert (events[-1]["step"], events[-1]["samples"]) == (50, 199)


@given(pace=st.sampled_from([0.001, 0.03, 0.099, 0.2, 1.5]), steps=st.integers(1, 40), epochs=st.integers(1, 12))
def test_there_are_at_most_ten_points_per_second(tmp_path_factory, tiny_experiment, pace, steps, epochs):
    folder, clock = create_run(tmp_path_factory.mktemp("runs"), tiny_experiment), Clock()
    callback = build_callback(folder, tiny_experiment, 4 * steps, 4, clock)
    for epoch in range(epochs):
        callback.on_epoch_begin(epoch)
        for step in range(steps):
            clock.seconds += pace
            callback.on_train_batch_end(step, {"loss": 1.0, "accuracy": 0.5})
    events = [event for event in read_events(folder.events_path) if event["type"] == "batch"]
    assert len(events) <= 10 * pace * steps * epochs + epochs + 1
    assert [e["epoch"] for e in events if e["step"] == steps] == list(range(1, epochs + 1))


def test_epoch_seconds_follow_the_clock(tmp_path, tiny_experiment):
    """Which stands still while a run is paused."""
    folder, clock = create_run(tmp_path, tiny_experiment), Clock()
    callback = build_callback(folder, tiny_experiment, 4, 4, clock)
    callback.on_epoch_begin(0)
    callback.on_train_batch_end(0, {"loss": 1.0, "accuracy": 0.5})
    clock.seconds += 3.25
    callback.on_epoch_end(0, {"loss": 1.0, "accuracy": 0.5, "val_loss": 1.0, "val_accuracy": 0.5})
    assert list(read_events(folder.events_path))[-1]["seconds"] == 3.25
