"""What a worker writes while it trains: one JSON object per line, each with `seq`, `time` and `type`.

| type         | fields                                                                                      |
|--------------|---------------------------------------------------------------------------------------------|
| state        | state (queued, running, paused, completed, stopped, failed, interrupted), reason            |
| download     | bytes, total                                                                                |
| plan         | epochs, first_epoch, steps_per_epoch, samples, parameters, threads, precision,              |
|              | watched ("test" or "validation"), missing_classes (class indices without a training image)  |
| batch        | epoch, step, samples, loss, accuracy: means over the batches since the last such event;     |
|              | learning_rate                                                                               |
| layers       | epoch, step, and a list each by layer with a kernel: names, weights and gradients (norms),  |
|              | dead (share of its outputs that no image of a fixed batch wakes; None without relu)         |
| epoch        | epoch, samples, loss, accuracy, val_loss, val_accuracy, learning_rate, seconds              |
| intervention | epoch, step, what (learning_rate, optimizer, epochs, pause, resume, stop, restart), value   |
| result       | test_loss, test_accuracy, seconds, epoch (whose weights were kept)                          |

A `plan` with first_epoch f replaces what was written of epochs from f on: the run goes on from a checkpoint there.
Epochs and steps count from 1. `time` is in seconds since 1970, `samples` the images seen in this epoch.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic_core import from_json

Event = dict[str, Any]
Listener = Callable[[Event], None]


class EventWriter:
    """Appends events to a file; continues the numbering of what is already there."""

    def __init__(self, path: Path, listener: Listener | None = None) -> None:
        self._path = path
        self._listener = listener
        if path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            with path.open("ab") as file:
                file.write(b"\n")  # closes a line that a crash cut short
        self._next = sum(1 for _ in read_events(path))
        self._gap = ""

    def emit(self, type_: str, **fields: Any) -> None:
        """`time` is now unless it is given."""
        now = time.time_ns() // 10**6 / 1000  # rounded down: a command given right after an event is not before it
        event = {"seq": self._next, "time": now, "type": type_, **_finite(fields)}
        line = self._gap + json.dumps(event) + "\n"
        self._gap = "\n"  # should the disk be full in the middle of it: what follows has a line of its own
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)
        self._gap = ""
        self._next += 1
        if self._listener:
            self._listener(event)


def read_events(path: Path, offset: int = 0) -> Iterator[Event]:
    """The events of a file from a byte offset on; what a crash cut short is left out."""
    yield from read_events_from(path, offset)[0]


def read_events_from(path: Path, offset: int) -> tuple[list[Event], int]:
    """Events after `offset`, and the offset to ask for next time. A line still being written waits for its end."""
    lines, offset = read_json_lines(path, offset)
    return [line for line in lines if "type" in line], offset


def read_json_lines(path: Path, offset: int) -> tuple[list[Event], int]:
    """The JSON objects among the complete lines after `offset`, and the offset after them."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read()
    except FileNotFoundError:
        return [], offset
    complete = content[: content.rfind(b"\n") + 1]
    objects = []
    for line in complete.splitlines():
        try:
            value = from_json(line)  # five times as quick as json.loads; hundreds of runs are read at once
        except ValueError:
            continue
        if isinstance(value, dict):
            objects.append(value)
    return objects, offset + len(complete)


def _finite(fields: dict[str, Any]) -> dict[str, Any]:
    """NaN and infinity are not JSON: they are written as None, which readers show as a gap."""
    return {key: _none_for_nan(value) for key, value in fields.items()}


def _none_for_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_none_for_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
