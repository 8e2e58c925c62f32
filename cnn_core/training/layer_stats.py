"""Layer statistics: norms of weights and gradients, and dead units."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from cnn_core.runs.events import EventWriter
    from cnn_core.training.arrays import Arrays

_BATCH = 32
_FIRST_S, _INTERVAL_S, _SHARE = 1.5, 2.0, 0.01  # at most a hundredth of the time is spent on looking


class LayerStatsCallback(keras.callbacks.Callback):
    """Emits `layers` events, measured on the first training images, now and then and at the end of every epoch.

    The images go through the network as in use (no dropout), so that looking changes no random number.
    """

    def __init__(self, writer: EventWriter, arrays: Arrays, loss: Any, first_epoch: int = 1) -> None:
        super().__init__()
        self._writer = writer
        self._x, self._y = arrays.x_train[:_BATCH], arrays.y_train[:_BATCH]
        self._loss = keras.losses.get(loss)
        self._measure: Any = None
        self._next = time.perf_counter() + _FIRST_S
        self._looked: tuple[int, int] | None = None
        self._epoch, self._step = first_epoch, 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._step = epoch + 1, 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._step = min(batch + 1, self.params["steps"])
        if time.perf_counter() >= self._next:
            self.look()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.look()

    def look(self) -> None:
        """Measures and emits an event, once for each step."""
        if self._looked == (self._epoch, self._step):
            return
        self._looked = self._epoch, self._step
        began = time.perf_counter()
        if self._measure is None:
            self._measure = self._build()  # run as it is: to trace a graph takes longer than many looks
        weights, gradients, awake = self._measure(self._x, self._y)
        dead = [None if a is None else round(float(np.mean(~np.asarray(a))), 4) for a in self._spread(awake)]
        self._writer.emit(
            "layer_stats",
            epoch=self._epoch,
            step=self._step,
            names=[layer.name for layer in self._layers],
            weights=[float(w) for w in weights],
            gradients=[float(g) for g in gradients],
            dead=dead,
        )
        now = time.perf_counter()
        self._next = now + max(_INTERVAL_S, (now - began) / _SHARE)

    def _build(self) -> Any:
        self._layers = [layer for layer in self.model.layers if _kernels(layer)]
        relus = [_relu_of(self.model, layer) for layer in self._layers]
        self._has_relu = [relu is not None for relu in relus]
        outputs = [relu.output for relu in relus if relu is not None]
        inner = keras.Model(self.model.inputs[0], [self.model.outputs[0], *outputs])
        kernels = [_kernels(layer) for layer in self._layers]
        first = any(getattr(layer, "data_format", "") == "channels_first" for layer in self._layers)

        def measure(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                outputs = inner(x, training=False)
                probabilities, *activations = outputs if isinstance(outputs, list) else [outputs]
                loss = tf.reduce_mean(self._loss(y, tf.cast(probabilities, tf.float32)))
            gradients = tape.gradient(loss, kernels)
            awake = [_awake(a, first) for a in activations]
            return [tf.linalg.global_norm(k) for k in kernels], [tf.linalg.global_norm(g) for g in gradients], awake

        return measure

    def _spread(self, awake: list[Any]) -> list[Any]:
        rest = iter(awake)
        return [next(rest) if there else None for there in self._has_relu]


def _kernels(layer: keras.Layer) -> list[Any]:
    return [w.value for w in layer.trainable_weights if w.name.endswith("kernel")]


def _relu_of(model: keras.Model, layer: keras.Layer) -> keras.Layer | None:
    """The relu behind a layer's kernel: its own, or that of a layer before the next kernel."""
    behind = model.layers[model.layers.index(layer) :]
    for i, candidate in enumerate(behind):
        if i and _kernels(candidate):
            return None
        if getattr(getattr(candidate, "activation", None), "__name__", "") == "relu":
            return candidate
    return None


def _awake(activations: Any, channels_first: bool) -> Any:
    """(batch, …) outputs of a relu → bool by channel or unit: whether any image wakes it anywhere."""
    axis = 1 if channels_first and activations.shape.rank == 4 else activations.shape.rank - 1
    return tf.reduce_any(activations > 0, axis=[i for i in range(activations.shape.rank) if i != axis])
