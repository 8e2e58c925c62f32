"""Events of a run → the curves and figures that pages show. Reads only what was appended since last time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnn_core.training.events import Event, read_events_from


@dataclass(frozen=True)
class Plan:
    """What the run set out to do. `watched` is the set behind the `val_` figures: "test" or "validation"."""

    epochs: int
    steps_per_epoch: int
    samples: int
    parameters: int
    watched: str


@dataclass(frozen=True)
class History:
    """`batches` and `epochs` are events as written; missing or non-finite values in them are None."""

    state: str = ""
    reason: str = ""
    plan: Plan | None = None
    batches: tuple[Event, ...] = ()
    epochs: tuple[Event, ...] = ()
    result: Event | None = None
    download: Event | None = None
    started: float | None = None
    ended: float | None = None
    last_time: float = 0.0

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
        seen = len(self.epochs) * self.plan.samples
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
        """From the pace so far, watching included; None before there is any."""
        first = self.batches[0] if self.batches else None
        if not first or self.progress <= 0 or not self.plan:
            return None
        done = self.progress - first["samples"] / (self.plan.epochs * self.plan.samples)
        return (self.last_time - first["time"]) * (1 - self.progress) / done if done > 0 else None


@dataclass
class HistoryReader:
    """Follows one growing event file. Safe to share between threads."""

    path: Path
    _offset: int = 0
    _history: History = field(default_factory=History)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> History:
        with self._lock:
            if self.path.exists() and self.path.stat().st_size < self._offset:  # replaced by another file
                self._offset, self._history = 0, History()
            events, offset = read_events_from(self.path, self._offset)
            if events:
                self._history = _extend(self._history, events)
            self._offset = offset  # only now: events that can't be understood are told of each time
            return self._history


def _extend(history: History, events: list[Event]) -> History:
    batches, epochs = list(history.batches), list(history.epochs)
    changes: dict[str, object] = {}
    for event in events:
        kind = event["type"]
        changes["last_time"] = event["time"]
        if kind == "batch":
            batches.append(event)
        elif kind == "epoch":
            epochs.append(event)
        elif kind == "plan":
            changes["plan"] = Plan(
                event["epochs"],
                event["steps_per_epoch"],
                event["samples"],
                event["parameters"],
                event["watched"],
            )
        elif kind in ("result", "download"):
            changes[kind] = event
        elif kind == "state":
            changes |= {"state": event["state"], "reason": event.get("reason", "")}
            changes["started" if event["state"] == "running" else "ended"] = event["time"]
    return replace(history, batches=tuple(batches), epochs=tuple(epochs), **changes)  # type: ignore[arg-type]
