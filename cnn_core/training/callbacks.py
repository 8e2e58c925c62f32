"""Keras callbacks that record; nothing here draws or prints."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras

from cnn_core.runs.snapshots import save_snapshot

if TYPE_CHECKING:
    from cnn_core.runs.folder import RunFolder
    from cnn_core.training.events import EventWriter

EVENT_INTERVAL_S = 0.1
SNAPSHOTS_AT_MOST = 50


class EventCallback(keras.callbacks.Callback):
    """Turns Keras's logs into events, at most ten `batch` events a second, and obeys a `stop` command.

    Keras's batch logs are running means over the epoch. A point here is the mean since the last point,
    (n₂·m₂ − n₁·m₁) / (n₂ − n₁) with n in images.
    """

    def __init__(self, folder: RunFolder, writer: EventWriter, samples: int, batch_size: int) -> None:
        super().__init__()
        self._folder, self._writer = folder, writer
        self._samples, self._batch_size = samples, batch_size
        self.stopped = False
        self.last_epoch: dict[str, Any] = {}

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._epoch_started = epoch + 1, time.perf_counter()
        self._last_emit, self._seen, self._sums = 0.0, 0, {"loss": 0.0, "accuracy": 0.0}

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = time.perf_counter()
        seen = min((batch + 1) * self._batch_size, self._samples)
        if now - self._last_emit < EVENT_INTERVAL_S and seen < self._samples:
            return
        sums = {key: float((logs or {})[key]) * seen for key in self._sums}
        means = {key: (sums[key] - self._sums[key]) / (seen - self._seen) for key in sums}
        self._writer.emit("batch", epoch=self._epoch, step=batch + 1, samples=seen, **means)
        self._last_emit, self._seen, self._sums = now, seen, sums
        self._obey_commands()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {key: float(value) for key, value in (logs or {}).items()}
        seconds = time.perf_counter() - self._epoch_started
        self.last_epoch = {"epoch": epoch + 1, "samples": self._seen, **values, "seconds": round(seconds, 3)}
        self._writer.emit("epoch", **self.last_epoch)
        self._obey_commands()

    def _obey_commands(self) -> None:
        if "stop" in self._folder.commands():
            self.stopped = True
            self.model.stop_training = True


class SnapshotCallback(keras.callbacks.Callback):
    """Keeps the weights of the untrained network and of each epoch, thinned so that there are about 50."""

    def __init__(self, folder: RunFolder, epochs: int) -> None:
        super().__init__()
        self._folder = folder
        self._every = max(1, -(-epochs // SNAPSHOTS_AT_MOST))

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        save_snapshot(self._folder.weights_dir, 0, self.model.get_weights())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self._every == 0 or epoch + 1 == self.params["epochs"]:
            save_snapshot(self._folder.weights_dir, epoch + 1, self.model.get_weights())
