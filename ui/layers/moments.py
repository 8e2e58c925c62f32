"""Training moments with weights: untrained, early steps, epochs, and the saved model."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from cnn_core.experiment import Experiment
from cnn_core.inspection import Probe
from cnn_core.inspection.model.live import LiveModel
from cnn_core.runs.snapshots import list_early_steps, list_snapshots
from cnn_core.runs.store import RunRecord
from ui.server.models import open_probe

FINAL = "final"


@dataclass(frozen=True)
class Moment:
    """`kind` is "epoch" (0: untrained), "step" (one batch, counted from 1) or "final", the model that was kept."""

    kind: str
    number: int = 0

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.number}"

    def path(self, run: RunRecord) -> Path:
        if self.kind == FINAL:
            return run.folder.model_path
        digits = 4 if self.kind == "epoch" else 6
        return run.folder.weights_dir / f"{self.kind}-{self.number:0{digits}d}.npz"

    def changed(self, run: RunRecord) -> int:
        """When its weights were written, in nanoseconds: a kept model is replaced when more epochs are trained."""
        path = self.path(run)
        return path.stat().st_mtime_ns if path.exists() else 0


def list_moments(run: RunRecord) -> tuple[Moment, ...]:
    """In the order of training; the last one is the kept model."""
    epochs = list_snapshots(run.folder.weights_dir)
    untrained = [Moment("epoch", 0)] if 0 in epochs else []
    steps = [Moment("step", number) for number in list_early_steps(run.folder.weights_dir)]
    later = [Moment("epoch", number) for number in epochs if number]
    return (*untrained, *steps, *later, Moment(FINAL))


@contextmanager
def probe_at(run: RunRecord, moment: Moment) -> Iterator[Probe]:
    """The run's network with the weights that it had then; no one else changes them meanwhile. Raises `ModelError`."""
    if moment.kind == FINAL:
        yield open_probe(run)
        return
    shared = _moving_model(run.id, run.experiment)
    with shared.lock:
        path = moment.path(run)
        if shared.loaded != path:
            shared.model.load(path)
            shared.loaded = path
        yield shared.model.probe


@dataclass
class _MovingModel:
    model: LiveModel
    loaded: Path | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)


@st.cache_resource(max_entries=4, show_spinner=False)
def _moving_model(run_id: str, _experiment: Experiment) -> _MovingModel:
    return _MovingModel(LiveModel(_experiment))
