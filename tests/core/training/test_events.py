import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.training.events import EventWriter, read_events, read_events_from

FIELDS = st.dictionaries(
    st.sampled_from(["state", "reason", "loss", "epoch"]),
    st.text(max_size=8) | st.floats() | st.integers(0, 99) | st.none(),
    max_size=3,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def write_some(path, count=3):
    writer = EventWriter(path)
    for number in range(count):
        writer.emit("state", state="é\n\u2028", number=number)
    return list(read_events(path))


def test_no_file_reads_as_no_events(path):
    assert list(read_events(path)) == []
    assert read_events_from(path, 7) == ([], 7)


def test_events_are_numbered_from_0_and_carry_time_and_type(path):
    events = write_some(path)
    assert [event["seq"] for event in events] == [0, 1, 2]
    assert all(event["type"] == "state" and event["time"] > 1e9 for event in events)
    assert [event["number"] for event in events] == [0, 1, 2]


def test_a_second_writer_continues_the_numbering(path):
    write_some(path)
    assert [event["seq"] for event in write_some(path)] == [0, 1, 2, 3, 4, 5]


def test_the_listener_hears_what_is_written(path):
    heard = []
    EventWriter(path, heard.append).emit("result", test_accuracy=0.5)
    assert heard == list(read_events(path))


@given(fields=FIELDS)
def test_any_fields_come_back_with_nan_and_infinity_as_none(tmp_path_factory, fields):
    path = tmp_path_factory.mktemp("events") / "events.jsonl"
    EventWriter(path).emit("batch", **fields)
    (event,) = read_events(path)
    for key, value in fields.items():
        unwritable = isinstance(value, float) and not math.isfinite(value)
        assert event[key] == (None if unwritable else value)


def test_every_line_is_strict_json(path):
    EventWriter(path).emit("batch", loss=math.nan, accuracy=math.inf)

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


def test_a_writer_that_continues_after_a_cut_loses_nothing_and_numbers_on(path):
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
def test_a_line_that_is_no_event_is_passed_over(path, line):
    events = write_some(path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + line + b"\n" + b"".join(lines[1:]))
    assert list(read_events(path)) == events
