"""Training events → Keras's progress bars, in a terminal and in a notebook."""

from __future__ import annotations

import sys
from typing import Any

from cnn_core.runs.events import Event

_METRICS = ("accuracy", "loss", "val_accuracy", "val_loss")


class ProgressBars:
    """A `keras.utils.Progbar` for each epoch, as `model.fit(verbose=1)` shows."""

    def __init__(self) -> None:
        self._epochs = self._steps = self._epoch = 0
        self._bar: Any = None

    def on_event(self, event: Event) -> None:
        if event["type"] == "plan":
            self._epochs, self._steps = event["epochs"], event["steps_per_epoch"]
        elif event["type"] == "batch":
            self._bar_of(event["epoch"]).update(event["step"], _values(event))
        elif event["type"] == "epoch":
            self._bar_of(event["epoch"]).update(self._steps, _values(event), finalize=True)

    def _bar_of(self, epoch: int) -> Any:
        if self._bar is None or epoch != self._epoch:
            import keras

            self._epoch = epoch
            sys.stdout.write(f"Epoch {epoch}/{self._epochs}\n")
            self._bar = keras.utils.Progbar(self._steps, stateful_metrics=_METRICS)
        return self._bar


class EpochLines:
    """One line per epoch, as `model.fit(verbose=2)` shows."""

    def __init__(self) -> None:
        self._epochs = 0

    def on_event(self, event: Event) -> None:
        if event["type"] == "plan":
            self._epochs = event["epochs"]
        elif event["type"] == "epoch":
            shown = [f"{name}: {value:.4f}" for name, value in _values(event)]
            line = " - ".join([f"Epoch {event['epoch']}/{self._epochs}", f"{event['seconds']:.1f}s", *shown])
            sys.stdout.write(line + "\n")


def _values(event: Event) -> list[tuple[str, float]]:
    """Without those that are not finite, which are None in events."""
    return [(name, event[name]) for name in _METRICS if event.get(name) is not None]
