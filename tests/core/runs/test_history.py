import json

import pytest

from cnn_core.runs.events import EventWriter, read_events
from cnn_core.runs.history import HistoryReader

PLAN = {"epochs": 2, "steps_per_epoch": 2, "samples": 100, "parameters": 7, "threads": 2, "watched": "test"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def batch(writer, epoch, samples, loss=1.0):
    writer.emit("batch", epoch=epoch, step=samples // 50, samples=samples, loss=loss, accuracy=0.5)


def epoch(writer, number):
    writer.emit("epoch", epoch=number, loss=1.0, accuracy=0.5, val_loss=1.0, val_accuracy=0.5, seconds=1.0)


def test_no_events_are_an_empty_history(path):
    history = HistoryReader(path).read()
    assert (history.state, history.progress, history.test_accuracy) == ("", 0, None)
    assert history.images_per_second is None
    assert history.seconds_left is None


def test_progress_is_the_share_of_all_images_seen(path):
    writer, reader, progress = EventWriter(path), HistoryReader(path), []
    writer.emit("plan", **PLAN)
    progress.append(reader.read().progress)
    for number in (1, 2):
        batch(writer, number, 50)
        progress.append(reader.read().progress)
        batch(writer, number, 100)
        progress.append(reader.read().progress)
        epoch(writer, number)
        progress.append(reader.read().progress)
    assert progress == [0, 0.25, 0.5, 0.5, 0.75, 1, 1]


def test_incremental_and_full_reading_agree(path):
    writer, follower = EventWriter(path), HistoryReader(path)
    writer.emit("state", state="queued")
    follower.read()
    writer.emit("state", state="running")
    writer.emit("plan", **PLAN)
    batch(writer, 1, 50, loss=float("nan"))
    follower.read()
    epoch(writer, 1)
    writer.emit("result", test_loss=0.1, test_accuracy=0.9, seconds=3.0)
    writer.emit("state", state="completed")
    history = follower.read()
    assert history == HistoryReader(path).read()
    assert (history.state, history.test_accuracy, history.seconds) == ("completed", 0.9, 3.0)
    assert history.batches[0]["loss"] is None


def test_earlier_histories_are_immutable(path):
    writer, reader = EventWriter(path), HistoryReader(path)
    writer.emit("plan", **PLAN)
    before = reader.read()
    batch(writer, 1, 50)
    reader.read()
    assert before.batches == ()


def test_a_replaced_file_is_read_from_the_start(path):
    writer, reader = EventWriter(path), HistoryReader(path)
    writer.emit("state", state="failed", reason="the first attempt, and a long story about it")
    reader.read()
    path.unlink()
    EventWriter(path).emit("state", state="queued")
    assert (reader.read().state, reader.read().reason) == ("queued", "")


def say(path, *events):
    """Events with times of our own."""
    lines = [
        json.dumps({"seq": i, "time": time, "type": type_, **fields}) for i, (time, type_, fields) in enumerate(events)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return HistoryReader(path).read()


RUNNING, PAUSED = ({"state": state} for state in ("running", "paused"))


def some_batch(samples, epoch=1):
    return {"epoch": epoch, "step": samples // 10, "samples": samples, "loss": 1.0, "accuracy": 0.5}


def some_epoch(samples):
    return {"epoch": 1, "samples": samples, "loss": 1.0, "seconds": 1.0}


def done(what, epoch=1):
    return {"epoch": epoch, "step": 1, "what": what, "value": 0.1}


def test_steps_repeated_after_a_resume_appear_once(path):
    again = PLAN | {"first_epoch": 2}
    history = say(
        path,
        (0, "state", RUNNING),
        (1, "plan", PLAN),
        (2, "batch", some_batch(100)),
        (3, "intervention", done("learning_rate")),
        (4, "epoch", some_epoch(100)),
        (5, "batch", some_batch(50, epoch=2)),
        (5, "layer_stats", {"epoch": 2, "step": 5, "names": [], "weights": [], "gradients": [], "dead": []}),
        (6, "intervention", done("learning_rate", epoch=2)),
        (7, "state", {"state": "interrupted", "reason": "killed"}),
        (8, "state", {"state": "queued"}),
        (9, "state", RUNNING),
        (10, "plan", again),
        (11, "batch", some_batch(20, epoch=2)),
    )
    assert [(e["epoch"], e["samples"]) for e in history.batches] == [(1, 100), (2, 20)]
    assert [e["epoch"] for e in history.interventions] == [1]
    assert history.layer_stats == ()
    assert (history.state, history.reason) == ("running", "")
    assert history.progress == 120 / 200


def test_a_stop_followed_by_a_resume_is_not_a_stop(path):
    events = [(1, "plan", PLAN), (4, "epoch", some_epoch(100)), (5, "intervention", done("stop"))]
    assert [e["what"] for e in say(path, *events).interventions] == ["stop"]
    assert say(path, *events, (10, "plan", PLAN | {"first_epoch": 2})).interventions == ()


def test_added_epochs_are_in_the_plan_at_once(path):
    history = say(path, (1, "plan", PLAN), (2, "intervention", {"epoch": 1, "step": 1, "what": "epochs", "value": 7}))
    assert history.plan.epochs == 7


def test_a_partial_epoch_counts_by_its_images(path):
    history = say(path, (1, "plan", PLAN), (2, "batch", some_batch(30)), (3, "epoch", some_epoch(30)))
    assert history.progress == 30 / 200


def test_pauses_are_not_training_time(path):
    """100 images in 10 seconds of work: the other 100 take as long, however long the pauses were."""
    history = say(
        path,
        (0, "state", RUNNING),
        (100, "plan", PLAN),
        (100, "batch", some_batch(10)),
        (101, "intervention", done("pause")),
        (101, "state", PAUSED),
        (150, "intervention", done("learning_rate")),
        (201, "intervention", done("resume")),
        (201, "state", RUNNING),
        (205, "state", PAUSED),
        (305, "state", RUNNING),
        (309, "batch", some_batch(100)),
    )
    assert history.paused == 200
    assert history.seconds_left == pytest.approx(9 * 100 / 90)


def test_time_between_stop_and_resume_is_excluded(path):
    history = say(
        path,
        (0, "plan", PLAN),
        (0, "batch", some_batch(10)),
        (10, "epoch", some_epoch(100)),
        (20, "state", PAUSED),
        (5000, "state", RUNNING),
        (5000, "plan", PLAN | {"first_epoch": 2}),
        (5000, "batch", some_batch(10, epoch=2)),
        (5004, "batch", some_batch(50, epoch=2)),
    )
    assert history.paused == 0
    assert history.seconds_left == pytest.approx(5)


def test_the_speed_is_that_of_the_current_epoch(path):
    lines = [
        f'{{"time": {time}, "type": "batch", "epoch": {number}, "step": {i + 1}, "samples": {samples}, "loss": 1}}\n'
        for i, (number, samples, time) in enumerate([(1, 50, 0), (1, 100, 1), (2, 20, 5), (2, 60, 7)])
    ]
    path.write_text("".join(lines), encoding="utf-8")
    assert HistoryReader(path).read().images_per_second == 20


def test_a_run_on_digits_is_read_as_written(digits_run):
    folder, result, _ = digits_run
    history = HistoryReader(folder.events_path).read()
    assert history.state == "completed"
    assert history.test_accuracy == result.test_accuracy
    assert history.seconds == result.seconds
    assert len(history.epochs) == history.plan.epochs == 2
    assert list(history.batches) == [e for e in read_events(folder.events_path) if e["type"] == "batch"]
    assert history.progress == 1
    assert history.started <= history.ended
