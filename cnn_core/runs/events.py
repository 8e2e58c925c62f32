"""Event file of a run: written by the training process and followed by readers.

Each line is a JSON object with `v` (version of the format), `seq`, `time` in seconds since 1970, and `type`; see
`cnn_core.runs.event_types`. Epochs and steps count from 1.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from cnn_core.errors import CorruptRun, NewerVersion
from cnn_core.runs.event_types import EVENT_ADAPTER, EVENTS_VERSION, complete
from cnn_core.runs.upgrade import upgrade_event

Event = dict[str, Any]
Listener = Callable[[Event], None]

_CHUNK = 8 * 2**20  # bytes read at a time
_LONGEST_LINE = 2**20  # bytes; a longer one is damage, and is not waited for
_MOST_BYTES = 256 * 2**20  # of a file; a larger one is not read at all
_SPARSE_FROM = _MOST_BYTES // 2  # from here on a run of many days records no batches, but still its epochs
_OFTEN = ("batch", "layer_stats")


class EventWriter:
    """Appends events to a file; continues the numbering of what is already there."""

    def __init__(self, path: Path, listener: Listener | None = None) -> None:
        self._path = path
        self._listener = listener
        _close_last_line(path)
        self._next = sum(1 for lines, _ in _read_lines(path, 0) for _ in filter(None, map(parse_event, lines)))
        self._gap = ""

    def emit(self, type_: str, **fields: Any) -> None:
        """`time` is now unless it is given."""
        now = time.time_ns() // 10**6 / 1000  # rounded down: a command given right after an event is not before it
        event = {"v": EVENTS_VERSION, "seq": self._next, "time": now, "type": type_, **_finite(fields)}
        line = self._gap + json.dumps(event) + "\n"
        self._gap = "\n"  # should the disk be full in the middle of it: what follows has a line of its own
        with self._path.open("a", encoding="utf-8") as file:
            is_kept = type_ not in _OFTEN or file.tell() < _SPARSE_FROM
            if is_kept:
                file.write(line)
        self._gap = ""
        self._next += is_kept
        if self._listener:
            self._listener(event)


def read_events(path: Path, offset: int = 0) -> Iterator[Event]:
    """The events of a file from a byte offset on, without lines that are damaged or incomplete.

    Raises `NewerVersion` for a file that a newer version has written to.
    """
    for part in read_event_parts(path, offset):
        yield from part.events


@dataclass(frozen=True)
class EventPart:
    """Some consecutive events of a file. `damaged` counts its lines that are none, `end` is the offset behind it."""

    events: list[Event]
    damaged: int
    end: int


def read_event_parts(path: Path, offset: int) -> Iterator[EventPart]:
    """Events after `offset`, a few megabytes at a time. A line still being written waits for its end.

    Raises `NewerVersion`, and `CorruptRun` for a file that is too large for a run's events.
    """
    for lines, end in _read_lines(path, offset):
        parsed = [parse_event(line) for line in lines if line.strip()]
        events = [event for event in parsed if event is not None]
        yield EventPart(events, len(parsed) - len(events), end)


def read_events_from(path: Path, offset: int) -> tuple[list[Event], int]:
    """All events after `offset`, and the offset to ask for next time."""
    events: list[Event] = []
    for part in read_event_parts(path, offset):
        events += part.events
        offset = part.end
    return events, offset


def parse_event(line: bytes) -> Event | None:
    """A line as an event of today's format; None for one that is damaged. Raises `NewerVersion`."""
    try:
        event: Event = EVENT_ADAPTER.validate_json(line)
    except ValidationError:
        return _parse_other(line)
    return complete(event)


def _parse_other(line: bytes) -> Event | None:
    """A line that is not an event of today's format: of an older format, of a newer one, or damaged."""
    value = _parse_object(line)
    if value is None:
        return None
    version = value.get("v", 1)
    if isinstance(version, int) and version > EVENTS_VERSION:
        raise NewerVersion.of("events.jsonl", version, EVENTS_VERSION)
    try:
        return complete(EVENT_ADAPTER.validate_python(upgrade_event(value)))
    except ValidationError:
        return None


def read_json_lines(path: Path, offset: int) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects among the complete lines after `offset`, and the offset after them."""
    objects: list[dict[str, Any]] = []
    for lines, end in _read_lines(path, offset):
        objects += filter(None, map(_parse_object, lines))
        offset = end
    return objects, offset


def _close_last_line(path: Path) -> None:
    """Ends a line that a crash cut short."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb+") as file:
        file.seek(-1, 2)
        if file.read(1) != b"\n":
            file.write(b"\n")


def _parse_object(line: bytes) -> dict[str, Any] | None:
    try:
        value = from_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _read_lines(path: Path, offset: int) -> Iterator[tuple[list[bytes], int]]:
    """Complete lines after `offset` in chunks, each with the offset behind it; none where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        if os.fstat(file.fileno()).st_size > _MOST_BYTES:
            raise CorruptRun(
                "{folder}: {name} has more than {most} MB, so it is not read. Its folder was left unchanged.",
                folder=path.parent.name,
                name=path.name,
                most=_MOST_BYTES // 2**20,
            )
        file.seek(offset)
        rest = b""
        while content := file.read(_CHUNK):
            content = rest + content
            end = content.rfind(b"\n") + 1
            rest = content[end:]
            offset += end
            if len(rest) > _LONGEST_LINE:  # its remainder will not parse either
                offset += len(rest)
                rest = b""
            yield content[:end].splitlines(), offset


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity are not JSON: they are written as None, which readers show as a gap."""
    return {key: _none_for_nan(value) for key, value in fields.items()}


def _none_for_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_none_for_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
