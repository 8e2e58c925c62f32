import errno
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import digits_experiment

from cnn_core import RunStore, train_run
from cnn_core.errors import CorruptRun
from cnn_core.runs.events import EventWriter, read_events, read_events_from

NUMBERS = st.floats() | st.integers(0, 99) | st.none()
FIELDS = st.dictionaries(
    st.sampled_from(["state", "reason", "loss", "epoch"]),
    st.text(max_size=8) | NUMBERS | st.lists(NUMBERS, max_size=3),
    max_size=3,
)
FULL_DISK_OPEN = Path.open


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def write_some(path, count=3):
    writer = EventWriter(path)
    for number in range(count):
        writer.emit("state", state="queued", reason=f"é\n\u2028{number}")
    return list(read_events(path))


def test_a_missing_file_has_no_events(path):
    assert list(read_events(path)) == []
    assert read_events_from(path, 7) == ([], 7)


def test_events_are_numbered_from_0_with_time_and_type(path):
    events = write_some(path)
    assert [event["seq"] for event in events] == [0, 1, 2]
    assert all(event["type"] == "state" and event["time"] > 1e9 for event in events)
    assert [event["reason"][-1] for event in events] == ["0", "1", "2"]


def test_a_second_writer_continues_the_numbering(path):
    write_some(path)
    assert [event["seq"] for event in write_some(path)] == [0, 1, 2, 3, 4, 5]


def test_the_listener_receives_written_events(path):
    heard = []
    EventWriter(path, heard.append).emit("result", test_loss=0.1, test_accuracy=0.5, seconds=2.0, epoch=1)
    assert heard == list(read_events(path))


@given(fields=FIELDS)
def test_fields_round_trip_with_nan_and_infinity_as_none(tmp_path_factory, fields):
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    EventWriter(path).emit("batch", **fields)
    event = json.loads(path.read_text(encoding="utf-8"))
    for key, value in fields.items():
        assert event[key] == ([as_written(v) for v in value] if isinstance(value, list) else as_written(value))


def as_written(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value


def test_every_line_is_strict_json(path):
    EventWriter(path).emit("batch", loss=math.nan, accuracy=math.inf, gradients=[1.0, -math.inf, math.nan])

    def refuse(name):
        raise AssertionError(name)

    for line in path.read_text(encoding="utf-8").splitlines():
        json.loads(line, parse_constant=refuse)


def test_every_prefix_of_a_file_holds_a_prefix_of_its_events(path):
    events = write_some(path)
    content = path.read_bytes()
    for end in range(len(content) + 1):
        path.write_bytes(content[:end])
        assert list(read_events(path)) == events[: content[:end].count(b"\n")]


def test_a_writer_continues_after_a_truncated_line(path):
    events = write_some(path)
    content = path.read_bytes()
    for end in range(len(content) + 1):
        path.write_bytes(content[:end])
        EventWriter(path).emit("state", state="interrupted", reason="cut")
        after = list(read_events(path))
        complete = content[:end].count(b"\n")
        assert after[:complete] == events[:complete]
        assert after[-1]["reason"] == "cut"
        assert [event["seq"] for event in after] == list(range(len(after))), f"cut at byte {end}"


@pytest.mark.parametrize("written", [0, 1, 20])
def test_an_event_after_a_full_disk_starts_a_new_line(path, written, monkeypatch):
    """The disk takes some bytes of an event and no more; later there is room again."""
    writer = EventWriter(path)
    writer.emit("state", state="running")

    def open_on_a_full_disk(self, *args, **kwargs):
        file = FULL_DISK_OPEN(self, *args, **kwargs)
        monkeypatch.undo()
        write = file.write

        def refuse(text):
            write(text[:written])
            file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")

        file.write = refuse
        return file

    monkeypatch.setattr(Path, "open", open_on_a_full_disk)
    with pytest.raises(OSError, match="No space left"):
        writer.emit("batch", loss=1.0, accuracy=0.5)
    writer.emit("state", state="failed", reason="the disk was full")
    events = list(read_events(path))
    assert [event.get("state") for event in events] == ["running", "failed"]
    assert [event["seq"] for event in events] == [0, 1]


@given(cuts=st.lists(st.integers(0, 400), max_size=6).map(sorted))
def test_following_a_growing_file_gives_each_event_once(tmp_path_factory, cuts):
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    events = write_some(path, 4)
    content, followed, offset = path.read_bytes(), [], 0
    for end in [*cuts, len(content)]:
        path.write_bytes(content[:end])
        new, offset = read_events_from(path, offset)
        followed += new
    assert followed == events


@pytest.mark.parametrize("line", [b"\xff\xfe", b"{", b"[]", b"3", b"null", b'{"no": "type"}', b"", b"{}{}"])
def test_a_line_that_is_not_an_event_is_skipped(path, line):
    events = write_some(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + line + b"\n" + b"".join(lines[1:]))
    assert list(read_events(path)) == events


# ---- a real run's file


@pytest.fixture(scope="module")
def short_run(tmp_path_factory):
    """One epoch, few events."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    folder = store.create(digits_experiment(epochs=1, batch_size=500))
    train_run(folder)
    return store, folder


def test_a_run_truncated_at_any_byte_is_read_or_is_an_error_message(short_run):
    store, folder = short_run
    content = folder.events_path.read_bytes()
    whole = list(read_events(folder.events_path))
    assert len(content) < 5_000
    sentences = set()
    for end in range(len(content) + 1):
        folder.events_path.write_bytes(content[:end])
        events = list(read_events(folder.events_path))
        assert events == whole[: content[:end].count(b"\n")]
        try:
            store._readers.clear()  # as a store that has not seen the file before
            run = store.find(folder.id)
        except CorruptRun as error:
            assert not events
            sentences.add(str(error))
            continue
        assert list(run.history.epochs) == [event for event in events if event["type"] == "epoch"]
        states = [event["state"] for event in events if event["type"] == "state"]
        assert run.state == ("interrupted" if states[-1] == "running" else states[-1])
        assert bool(run.reason) == (run.state == "interrupted")
    assert run.state == "completed"
    (sentence,) = sentences
    assert folder.id in sentence


def test_a_store_follows_a_file_that_shrinks_and_grows(short_run):
    store, folder = short_run
    content = folder.events_path.read_bytes()
    for end in (len(content), len(content) // 2, len(content), 200, len(content)):
        folder.events_path.write_bytes(content[:end])
        expected = RunStore(store.runs_dir).find(folder.id).history
        assert store.find(folder.id).history == expected


def test_layer_statistics_are_finite(short_run):
    _, folder = short_run
    layers = [event for event in read_events(folder.events_path) if event["type"] == "layer_stats"]
    assert layers
    for event in layers:
        assert event["names"] == ["conv1", "dense1"]
        assert all(math.isfinite(x) and x > 0 for x in event["weights"] + event["gradients"])
        assert 0 <= event["dead"][0] <= 1
        assert event["dead"][1] is None
