"""Events of a run → curves and metrics, read incrementally."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from cnn_core.errors import CnnLabError
from cnn_core.runs.event_types import ENVELOPE
from cnn_core.runs.events import Event, read_event_parts


@dataclass(frozen=True)
class Plan:
    """What the run set out to do. `watched` is the set behind the `val_` figures: "test" or "validation"."""

    epochs: int
    steps_per_epoch: int
    samples: int
    parameters: int
    watched: str
    first_epoch: int = 1
    precision: str = "float32"
    missing_classes: tuple[int, ...] = ()


@dataclass(frozen=True)
class History(Sequence[dict[str, Any]]):
    """What a run has recorded so far. As a sequence it has one plain dict per epoch: `pandas.DataFrame(history)`.

    `batches`, `epochs`, `layer_stats` and `interventions` are events as written; non-finite values in them are None.

    What a run did again after a crash is there once, and no stop that it went on from. `queued` is when the run was
    last put in line, `planned` when the plan in force was made, `paused` the seconds that it has been paused since.
    `damaged` lines were left out. `size` is how many bytes of the event file have been read: while it is the same, so
    is everything else.
    """

    state: str = ""
    reason: str = ""
    plan: Plan | None = None
    batches: tuple[Event, ...] = ()
    epochs: tuple[Event, ...] = ()
    layer_stats: tuple[Event, ...] = ()
    interventions: tuple[Event, ...] = ()
    result: Event | None = None
    download: Event | None = None
    started: float | None = None
    ended: float | None = None
    last_time: float = 0.0
    planned: float = 0.0
    queued: float = 0.0
    paused: float = 0.0
    damaged: int = 0
    size: int = 0

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One dict per epoch: epoch, loss, accuracy, val_loss, val_accuracy, seconds, and so on."""
        return [{name: value for name, value in epoch.items() if name not in ENVELOPE} for epoch in self.epochs]

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self.rows[place]

    def __len__(self) -> int:
        return len(self.epochs)

    def __bool__(self) -> bool:
        return True  # also before the first epoch

    @property
    def test_accuracy(self) -> float | None:
        return self.result["test_accuracy"] if self.result else None

    @property
    def seconds(self) -> float | None:
        """Seconds that `fit` took, watching included."""
        return self.result["seconds"] if self.result else None

    @property
    def progress(self) -> float:
        """Share of all training images seen, 0–1."""
        if not self.plan:
            return 0.0
        seen = sum(epoch.get("samples", self.plan.samples) for epoch in self.epochs)
        last = self.batches[-1] if self.batches else None
        if last and last["epoch"] > len(self.epochs):
            seen += last["samples"]
        return min(1.0, seen / (self.plan.epochs * self.plan.samples))

    @property
    def images_per_second(self) -> float | None:
        """Over the last batches of the current epoch, watching left out; None before there are two points."""
        if not self.batches:
            return None
        current = [b for b in self.batches[-40:] if b["epoch"] == self.batches[-1]["epoch"]]
        if len(current) < 2 or current[-1]["time"] <= current[0]["time"]:
            return None
        return (current[-1]["samples"] - current[0]["samples"]) / (current[-1]["time"] - current[0]["time"])

    @property
    def seconds_left(self) -> float | None:
        """From the pace since the run last began or went on, watching included; None before there is any."""
        if not self.plan or not self.batches:
            return None
        since = [b for b in self.batches[:: max(1, len(self.batches) // 500)] if b["time"] >= self.planned]
        if not since or self.progress <= 0:
            return None
        images = self.plan.epochs * self.plan.samples
        first = since[0]
        done = self.progress - ((first["epoch"] - 1) * self.plan.samples + first["samples"]) / images
        worked = self.last_time - first["time"] - self.paused
        return worked * (1 - self.progress) / done if done > 0 else None


@dataclass
class HistoryReader:
    """Follows one growing event file. Safe to share between threads."""

    path: Path
    _offset: int = 0
    _size: int = 0
    _refusal: CnnLabError | None = None
    _history: History = field(default_factory=History)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> History:
        with self._lock:
            size = self.path.stat().st_size if self.path.exists() else 0
            if size != self._size:  # a file with a damaged end is not read again until it changes
                self._refusal = self._follow(size)
                self._size = size
            if self._refusal:
                raise self._refusal
            return self._history

    def _follow(self, size: int) -> CnnLabError | None:
        """Reads what was appended; an error is kept, so that a file that can't be read is not read again either."""
        if 0 < size < self._offset:  # replaced by another file
            self._offset, self._history = 0, History()
        try:
            for part in read_event_parts(self.path, self._offset):
                self._history = replace(_extend(self._history, part.events, part.damaged), size=part.end)
                self._offset = part.end
        except CnnLabError as error:
            return error
        return None


_MOST_KEPT = 50_000  # batches in memory; of more, every second one is left out
_LISTS = {"batch": "batches", "epoch": "epochs", "layer_stats": "layer_stats", "intervention": "interventions"}


def _extend(history: History, events: list[Event], damaged: int) -> History:
    lists: dict[str, list[Event]] = {name: list(getattr(history, name)) for name in _LISTS.values()}
    changes: dict[str, Any] = {"damaged": history.damaged + damaged}

    def now(name: str) -> Any:
        return changes.get(name, getattr(history, name))

    for event in events:
        kind = event["type"]
        if kind in _LISTS:
            lists[_LISTS[kind]].append(event)
        if kind == "plan":
            changes["plan"] = plan = _read_plan(event)
            changes |= {"planned": event["time"], "paused": 0.0}
            for name, entries in lists.items():
                lists[name] = [e for e in entries if e["epoch"] < plan.first_epoch and e.get("what") != "stop"]
        elif kind == "intervention" and event["what"] == "epochs" and now("plan"):
            changes["plan"] = replace(now("plan"), epochs=event["value"])
        elif kind in ("result", "download"):
            changes[kind] = event
        elif kind == "state":
            if now("state") == "paused":
                changes["paused"] = now("paused") + event["time"] - now("ended")
            changes |= {"state": event["state"], "reason": event.get("reason", "")}
            if event["state"] == "queued":
                changes["queued"] = event["time"]
            changes["started" if event["state"] == "running" else "ended"] = event["time"]
        changes["last_time"] = event["time"]
    for name in ("batches", "layer_stats"):
        lists[name] = _thin(lists[name])
    changes |= {name: tuple(entries) for name, entries in lists.items()}
    return replace(history, **changes)


def _thin(entries: list[Event]) -> list[Event]:
    """At most `_MOST_KEPT` of them, evenly, the last one among them."""
    while len(entries) > _MOST_KEPT:
        entries = entries[-1::-2][::-1]
    return entries


def _read_plan(event: Event) -> Plan:
    return Plan(
        event["epochs"],
        event["steps_per_epoch"],
        event["samples"],
        event["parameters"],
        event["watched"],
        event.get("first_epoch", 1),
        event.get("precision", "float32"),
        tuple(event.get("missing_classes", ())),
    )
