import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.runs.folder import create_run
from cnn_core.training import callbacks
from cnn_core.training.callbacks import EventCallback
from cnn_core.training.events import read_events


@pytest.fixture
def every_batch(monkeypatch):
    monkeypatch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)


def record(folder, batch_losses, samples, batch_size, steps_per_call=1):
    """Feeds an epoch to the callback as Keras does: running means over the images seen so far."""
    callback = EventCallback(folder, folder.writer(), samples, batch_size)
    callback.on_epoch_begin(0)
    sizes = [min(batch_size, samples - start) for start in range(0, samples, batch_size)]
    for step in [*range(steps_per_call - 1, len(sizes) - 1, steps_per_call), len(sizes) - 1]:
        mean = float(np.average(batch_losses[: step + 1], weights=sizes[: step + 1]))
        callback.on_train_batch_end(step, {"loss": mean, "accuracy": mean / 10})
    return [event for event in read_events(folder.events_path) if event["type"] == "batch"]


@pytest.mark.usefixtures("every_batch")
@given(losses=st.lists(st.floats(0, 10), min_size=1, max_size=9), last=st.integers(1, 4))
def test_a_point_is_its_own_batchs_mean_not_the_running_one(tmp_path_factory, tiny_experiment, losses, last):
    folder = create_run(tmp_path_factory.mktemp("runs"), tiny_experiment)
    samples = 4 * (len(losses) - 1) + last  # the last batch may be smaller
    events = record(folder, losses, samples, batch_size=4)
    assert [event["loss"] for event in events] == pytest.approx(losses, abs=1e-6)
    assert [event["accuracy"] for event in events] == pytest.approx([loss / 10 for loss in losses], abs=1e-6)


@pytest.mark.usefixtures("every_batch")
def test_a_point_over_several_steps_is_their_mean(tmp_path, tiny_experiment):
    events = record(create_run(tmp_path, tiny_experiment), [1, 3, 5, 7, 9], 20, 4, steps_per_call=2)
    assert [event["loss"] for event in events] == pytest.approx([2, 6, 9])
    assert [event["step"] for event in events] == [2, 4, 5]
    assert [event["samples"] for event in events] == [8, 16, 20]


def test_between_the_first_and_the_last_batch_points_wait_for_the_interval(tmp_path, tiny_experiment, monkeypatch):
    monkeypatch.setattr(callbacks, "EVENT_INTERVAL_S", 3600.0)
    monkeypatch.setattr(callbacks.time, "perf_counter", lambda: 1e6)  # later than never, and standing still
    events = record(create_run(tmp_path, tiny_experiment), [1, 2, 3, 4], 16, 4)
    assert [event["step"] for event in events] == [1, 4]
    assert [event["loss"] for event in events] == pytest.approx([1, 3])


def test_the_last_batch_of_an_epoch_is_never_left_out(tmp_path, tiny_experiment):
    events = record(create_run(tmp_path, tiny_experiment), [1.0] * 50, 199, 4)
    assert (events[-1]["step"], events[-1]["samples"]) == (50, 199)
