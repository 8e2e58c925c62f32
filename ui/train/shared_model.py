"""Follows the weights of a run in a thread: seldom enough to be light, and never waited for."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cnn_core.data.datasets.samples import Samples
from cnn_core.errors import CnnLabError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_images, prepare_ink
from cnn_core.inspection.model.live import LiveModel, LiveOutputs, find_newest_weights
from cnn_core.runs.store import RunRecord
from ui.server.waiting import is_ready

logger = logging.getLogger(__name__)

_INTERVAL_S = 0.9
_SHARE = 0.05  # of the time, at most, is spent on looking
_PATIENCE_S = 0.5  # what a reader who asks for something new waits without a sign of life


@dataclass(frozen=True)
class View:
    """The images, and the newest that the network made of them: None before there is any.

    `ink` is the reader's drawing as the network sees it, (28, 28), the last image; `has_weights` whether there are
    any to look with; `problem` a sentence where they can't be used; `looked_at` when, in nanoseconds since 1970.
    """

    samples: Samples | None
    ink: np.ndarray | None
    glimpse: LiveOutputs | None = None
    has_weights: bool = True
    problem: str = ""
    looked_at: int = 0

    @property
    def version(self) -> tuple[object, ...]:
        """Another one when anything of it may have changed."""
        return self.looked_at, self.has_weights, self.problem, self.count

    @property
    def count(self) -> int:
        return (len(self.samples.labels) if self.samples else 0) + (self.ink is not None)


@dataclass
class SharedModel:
    """The one model of a run that all who look at the run share; used in the pool's thread alone."""

    experiment: Experiment
    model: LiveModel | None = None

    def look(self, view: View, path: Path, shown: int | None) -> LiveOutputs:
        self.model = self.model or LiveModel(self.experiment)
        self.model.load(path)
        last = view.count - 1  # the drawing that was chosen may be gone
        return self.model.look(_prepare(view, self.experiment), None if shown is None else min(shown, last))


class Watcher:
    """Follows the newest weights of one run. `look` returns at once with what there is."""

    def __init__(self, pool: Executor, draft: SharedModel, view: View, shown: int | None) -> None:
        self._pool, self._bench, self._view, self._shown = pool, draft, view, shown
        self._lock = threading.Lock()
        self._work: Future[None] | None = None
        self._stamp: tuple[Path, int] | None = None
        self._next = 0.0

    def look(self, run: RunRecord) -> View:
        stamp = _stamp_of(run)
        with self._lock:
            due = stamp != self._stamp and not self._is_working and time.monotonic() >= self._next
            if stamp and due and is_ready() and self._view.count:
                self._stamp = stamp
                self._work = self._pool.submit(self._refresh, stamp[0])
        if self._work and self._view.glimpse is None and self._bench.model:
            wait([self._work], timeout=_PATIENCE_S)  # another image was chosen
        return replace(self._view, has_weights=(stamp or self._stamp) is not None)

    def is_behind(self, run: RunRecord) -> bool:
        """Whether there will be more to see than there is, even if the run stands still."""
        return self._view.count > 0 and (self._is_working or _stamp_of(run) != self._stamp)

    @property
    def _is_working(self) -> bool:
        return self._work is not None and not self._work.done()

    def _refresh(self, path: Path) -> None:
        began = time.monotonic()
        try:
            glimpse = self._bench.look(self._view, path, self._shown)
            self._view = replace(self._view, glimpse=glimpse, problem="", looked_at=time.time_ns())
        except CnnLabError as error:
            self._view = replace(self._view, problem=str(error))
        except Exception as error:
            logger.exception("A network could not be looked into")
            self._view = replace(self._view, problem=str(error))
        now = time.monotonic()
        self._next = began + max(_INTERVAL_S, (now - began) / _SHARE)


def _stamp_of(run: RunRecord) -> tuple[Path, int] | None:
    path = find_newest_weights(run.folder, run.is_active)
    try:
        return (path, path.stat().st_mtime_ns) if path else None
    except FileNotFoundError:  # replaced this moment: next time
        return None


def _prepare(view: View, experiment: Experiment) -> np.ndarray:
    """float32, prepared (N, …): the test images, then the drawing."""
    scaling = experiment.training.input_scaling
    inputs = [prepare_images(view.samples.images, scaling)] if view.samples else []
    if view.ink is not None:
        inputs.append(prepare_ink(view.ink, experiment))
    return np.concatenate(inputs)
