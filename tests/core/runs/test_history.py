import pytest

from cnn_core.runs.history import HistoryReader
from cnn_core.training.events import EventWriter, read_events

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


def test_a_reader_that_follows_sees_what_one_that_starts_later_sees(path):
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


def test_what_was_read_before_stays_as_it_was(path):
    writer, reader = EventWriter(path), HistoryReader(path)
    writer.emit("plan", **PLAN)
    before = reader.read()
    batch(writer, 1, 50)
    reader.read()
    assert before.batches == ()


def test_a_file_that_was_replaced_is_read_anew(path):
    writer, reader = EventWriter(path), HistoryReader(path)
    writer.emit("state", state="failed", reason="the first attempt, and a long story about it")
    reader.read()
    path.unlink()
    EventWriter(path).emit("state", state="queued")
    assert (reader.read().state, reader.read().reason) == ("queued", "")


def test_the_pace_is_taken_from_the_current_epoch(path):
    lines = [
        f'{{"seq": {i}, "time": {time}, "type": "batch", "epoch": {number}, "samples": {samples}, "loss": 1}}\n'
        for i, (number, samples, time) in enumerate([(1, 50, 0), (1, 100, 1), (2, 20, 5), (2, 60, 7)])
    ]
    path.write_text("".join(lines), encoding="utf-8")
    assert HistoryReader(path).read().images_per_second == 20


def test_a_run_of_digits_is_read_as_it_was_written(digits_run):
    folder, result, _ = digits_run
    history = HistoryReader(folder.events_path).read()
    assert history.state == "completed"
    assert history.test_accuracy == result.test_accuracy
    assert history.seconds == result.seconds
    assert len(history.epochs) == history.plan.epochs == 2
    assert list(history.batches) == [e for e in read_events(folder.events_path) if e["type"] == "batch"]
    assert history.progress == 1
    assert history.started <= history.ended
