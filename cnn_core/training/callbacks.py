"""Keras callbacks that record; nothing here draws or prints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import keras

from cnn_core.errors import ModelError, RunError
from cnn_core.runs.checkpoints import load_checkpoint, prune, save_checkpoint
from cnn_core.runs.snapshots import (
    save_live_weights,
    save_snapshot,
    thin_snapshots,
)
from cnn_core.training.state import take_checkpoint

if TYPE_CHECKING:
    from cnn_core.runs.events import EventWriter
    from cnn_core.runs.folder import RunFolder
    from cnn_core.runs.training_state import TrainingState
    from cnn_core.training.steering import Clock

EVENT_INTERVAL_S = 0.1
LIVE_INTERVAL_S, LIVE_SHARE = 1.0, 0.01
# Attributes of Keras's callbacks that are saved for an exact resume.
_COUNTERS = ("wait", "best", "best_epoch", "cooldown_counter")


class EventCallback(keras.callbacks.Callback):
    """Turns Keras's logs into events, at most ten `batch` events a second and the last one of each epoch.

    Keras's batch logs are running means over the epoch. A point here is the mean since the last point,
    (n₂·m₂ − n₁·m₁) / (n₂ − n₁) with n in images. While `is_stepping()`, every batch is an event. Raises `RunError` when
    the loss is no number any more.
    """

    def __init__(
        self,
        writer: EventWriter,
        training_state: TrainingState,
        samples: int,
        batch_size: int,
        clock: Clock,
        is_stepping: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self._is_stepping = is_stepping
        self._writer, self._training_state, self._clock = writer, training_state, clock
        self._samples, self._batch_size = samples, batch_size
        self._last_emit = -math.inf

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._epoch_started = epoch + 1, self._clock.now()
        self._seen, self._sums = 0, {"loss": 0.0, "accuracy": 0.0}

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        now = self._clock.now()
        seen = min((batch + 1) * self._batch_size, self._samples)
        if now - self._last_emit < EVENT_INTERVAL_S and seen < self._samples and not self._is_stepping():
            return
        sums = {key: float((logs or {})[key]) * seen for key in self._sums}
        means = {key: (sums[key] - self._sums[key]) / (seen - self._seen) for key in sums}
        rate = float(self.model.optimizer.learning_rate)
        step = -(-seen // self._batch_size)  # Keras counts on where several steps make a call
        self._writer.emit("batch", epoch=self._epoch, step=step, samples=seen, **means, learning_rate=rate)
        self._last_emit, self._seen, self._sums = now, seen, sums
        if not math.isfinite(means["loss"]):
            raise RunError(
                "The loss is no number any more in epoch {epoch}, step {step}: the weights have grown beyond all "
                "bounds. Lower the learning rate (it is {rate:g}), clip the gradients, or scale the pixels to "
                "0–1.",
                epoch=self._epoch,
                step=step,
                rate=rate,
            )

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {key: float(value) for key, value in (logs or {}).items()}
        values.setdefault("learning_rate", float(self.model.optimizer.learning_rate))
        seconds = self._clock.now() - self._epoch_started
        self._training_state.seconds += seconds
        self._training_state.last = {"epoch": epoch + 1, "samples": self._seen, **values, "seconds": round(seconds, 3)}
        self._writer.emit("epoch", **self._training_state.last)


class SnapshotCallback(keras.callbacks.Callback):
    """Keeps weights for looking at: the untrained network, each epoch, and the newest ones.

    `begins` is False for a run that goes on from a checkpoint.
    """

    def __init__(self, folder: RunFolder, begins: bool) -> None:
        super().__init__()
        self._weights_dir, self._begins = folder.weights_dir, begins
        self._next_live = time.perf_counter()

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        if self._begins:
            save_snapshot(self._weights_dir, 0, model.get_weights())

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if time.perf_counter() >= self._next_live:
            self.save_live()

    def save_live(self) -> None:
        """Keeps the weights as they are now."""
        began = time.perf_counter()
        save_live_weights(self._weights_dir, self.model.get_weights())
        now = time.perf_counter()
        self._next_live = now + max(LIVE_INTERVAL_S, (now - began) / LIVE_SHARE)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        save_snapshot(self._weights_dir, epoch + 1, self.model.get_weights())
        thin_snapshots(self._weights_dir)


class CheckpointCallback(keras.callbacks.Callback):
    """Keeps the whole state after every complete epoch; the last two and the best one stay."""

    def __init__(
        self, folder: RunFolder, training_state: TrainingState, samples: int, keras_callbacks: list[Any]
    ) -> None:
        super().__init__()
        self._dir, self._training_state, self._samples = folder.checkpoints_dir, training_state, samples
        self._keras_callbacks = keras_callbacks

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Keras's callbacks begin again here: they get back what they knew. Comes after them in the list."""
        for callback in self._keras_callbacks:
            for name, value in self._training_state.counters.get(type(callback).__name__, {}).items():
                setattr(callback, name, value)
            if getattr(callback, "restore_best_weights", False) and self._training_state.best_epoch:
                with suppress(ModelError):  # if it is lost, the best is looked for among the epochs to come
                    callback.best_weights = load_checkpoint(self._dir, self._training_state.best_epoch).weights

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        training_state = self._training_state
        if training_state.last["samples"] < self._samples:
            return  # stopped in the middle: a run goes on from whole epochs
        loss = float((logs or {}).get("val_loss", math.inf))
        if training_state.best_loss is None or loss < training_state.best_loss:
            training_state.best_epoch, training_state.best_loss = epoch + 1, loss
        training_state.rate_now = float(self.model.optimizer.learning_rate)
        training_state.counters = {
            type(c).__name__: {name: getattr(c, name) for name in _COUNTERS if hasattr(c, name)}
            for c in self._keras_callbacks
        }
        save_checkpoint(self._dir, take_checkpoint(self.model, epoch + 1, training_state.model_dump(mode="json")))
        prune(self._dir, training_state.best_epoch)
