"""Files of a run are read in bounded time and memory, and what was left out of them is counted."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import RunStore
from cnn_core.errors import CnnLabError, CorruptRun
from cnn_core.runs import events as events_module
from cnn_core.runs import history as history_module
from cnn_core.runs.events import EventWriter, read_events
from cnn_core.runs.folder import CommandReader
from cnn_core.runs.history import HistoryReader
from cnn_core.runs.limited_file import read_limited

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run" / "events.jsonl"


@pytest.fixture
def writer(path):
    path.parent.mkdir()
    return EventWriter(path)


def emit_batches(writer, count):
    for step in range(1, count + 1):
        writer.emit("batch", epoch=1, step=step, samples=step, loss=0.5, accuracy=0.5)


def test_a_file_above_the_limit_is_refused_in_one_sentence_and_other_runs_are_listed(store, tiny_experiment):
    large, good = store.create(tiny_experiment), store.create(tiny_experiment)
    with large.events_path.open("ab") as file:
        file.truncate(2**30)  # no block of it is written
    listing = store.list_runs()
    assert [run.id for run in listing.runs if not run.bundled] == [good.id]
    (problem,) = listing.problems
    assert large.id in problem
    assert "256 MB" in problem


def test_a_damaged_end_is_read_once_until_the_file_changes(path, writer, monkeypatch):
    writer.emit("state", state="queued")
    with path.open("ab") as file:
        file.write(b"\x00" * 500_000)
    reader = HistoryReader(path)
    assert reader.read().state == "queued"
    monkeypatch.setattr(history_module, "read_event_parts", None)  # would raise TypeError
    assert reader.read().state == "queued"


def test_an_unreadable_file_is_not_read_again_until_it_changes(path, writer, monkeypatch):
    path.write_text('{"v": 99, "time": 1, "type": "state", "state": "queued"}\n')
    reader = HistoryReader(path)
    with pytest.raises(CnnLabError, match="newer"):
        reader.read()
    with monkeypatch.context() as patch:
        patch.setattr(history_module, "read_event_parts", None)
        with pytest.raises(CnnLabError, match="newer"):
            reader.read()
    path.write_text('{"time": 1, "type": "state", "state": "queued"}\n')
    assert reader.read().state == "queued"


def test_damaged_lines_are_counted_and_the_rest_is_read(path, writer):
    writer.emit("state", state="queued")
    with path.open("ab") as file:
        file.write(b'{"type": "epoch"}\n\n[1]\nnonsense\n')
    EventWriter(path).emit("state", state="running")
    history = HistoryReader(path).read()
    assert history.damaged == 3
    assert history.state == "running"


def test_history_keeps_a_bounded_number_of_batches_evenly(path, writer, monkeypatch):
    monkeypatch.setattr(history_module, "_MOST_KEPT", 100)
    reader = HistoryReader(path)
    emit_batches(writer, 350)
    steps = [batch["step"] for batch in reader.read().batches]
    assert 50 < len(steps) <= 100
    assert steps[-1] == 350
    assert len({after - before for before, after in pairwise(steps)}) == 1
    emit_batches(writer, 120)
    assert len(reader.read().batches) <= 100


def test_a_large_file_records_no_more_batches_but_epochs_and_states(path, writer, monkeypatch):
    heard = []
    monkeypatch.setattr(events_module, "_SPARSE_FROM", 100)
    writer = EventWriter(path, heard.append)
    emit_batches(writer, 5)
    writer.emit("epoch", epoch=1, loss=0.5, seconds=1.0)
    writer.emit("state", state="completed")
    recorded = list(read_events(path))
    assert [event["type"] for event in recorded] == ["batch", "epoch", "state"]
    assert [event["seq"] for event in recorded] == [0, 1, 2]
    assert len(heard) == 7


def test_a_small_file_that_is_too_large_is_an_os_error(tmp_path):
    file = tmp_path / "labels.json"
    file.write_bytes(b"x" * 11)
    assert read_limited(file, 11) == b"x" * 11
    with pytest.raises(OSError, match="MB"):
        read_limited(file, 10)


@given(event=JSON)
def test_any_json_as_an_event_costs_at_most_its_line(tmp_path_factory, event):
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    EventWriter(path).emit("state", state="queued")
    with path.open("ab") as file:
        file.write(json.dumps(event).encode() + b"\n")
    EventWriter(path).emit("state", state="running")
    assert HistoryReader(path).read().state == "running"


@given(kind=st.sampled_from(["batch", "epoch", "plan", "result", "layer_stats", "state"]), data=st.data())
def test_any_value_in_any_field_of_an_event_costs_at_most_its_line(tmp_path_factory, kind, data):
    fields = ["time", "epoch", "step", "samples", "loss", "seconds", "names", "weights", "epochs", "watched", "state"]
    event = {"time": 1.0, "type": kind} | {
        name: data.draw(JSON) for name in data.draw(st.sets(st.sampled_from(fields)))
    }
    path = tmp_path_factory.mktemp("run") / "events.jsonl"
    path.write_text(json.dumps(event) + "\n")
    EventWriter(path).emit("state", state="running")
    history = HistoryReader(path).read()
    assert history.state == "running"
    _ = (history.progress, history.seconds_left, history.images_per_second, history.test_accuracy, history.rows)


@given(name=st.sampled_from(["run.json", "experiment.json", "labels.json"]), content=JSON | st.binary(max_size=40))
def test_any_content_of_a_json_file_is_a_sentence_or_a_run(tmp_path_factory, tiny_experiment, name, content):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    folder = store.create(tiny_experiment)
    (folder.path / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    listing = store.list_runs()
    assert len([run for run in listing.runs if not run.bundled]) + len(listing.problems) == 1


@given(field=st.sampled_from(["created", "style", "owner", "parent", "attempt", "visibility", "sweep"]), value=JSON)
def test_any_value_in_run_json_is_a_sentence_or_a_run(tmp_path_factory, tiny_experiment, field, value):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    folder = store.create(tiny_experiment)
    file = folder.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value}))
    problem = folder.id
    try:
        store.find(folder.id)
    except CorruptRun as error:
        problem = str(error)
    assert folder.id in problem


@given(line=st.dictionaries(st.sampled_from(["command", "time", "value"]), JSON))
def test_any_line_of_commands_is_a_command_or_left_out(tmp_path_factory, line):
    path = tmp_path_factory.mktemp("run") / "commands.jsonl"
    path.write_text(json.dumps(line) + '\n{"command": "stop", "time": 5}\n')
    read = CommandReader(path, since=1.0).read()
    assert read[-1]["command"] == "stop"
    assert all(isinstance(each["command"], str) and each["time"] >= 1 for each in read)
