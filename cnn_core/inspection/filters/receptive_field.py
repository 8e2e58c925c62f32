"""What a map's cells see of the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ReceptiveField:
    """Cell (r, c) of a map sees the input's rows step·r + first to step·r + last, and columns alike.

    Each is int64 (2,), for rows and columns. Padding counts as seen: it may lie outside the picture.
    """

    step: np.ndarray
    first: np.ndarray
    last: np.ndarray

    def boxes(self, cells: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Cells (…, 2) → int64 (…, 4): first row, first column, last row + 1, last column + 1, within the picture."""
        start = np.clip(self.step * cells + self.first, 0, size)
        end = np.clip(self.step * cells + self.last + 1, 0, size)
        return np.concatenate([start, end], axis=-1)


def find_reach(model: keras.Model, name: str) -> ReceptiveField:
    """The receptive field of a layer's cells, through residual blocks too: the union of both ways.

    It grows as r ← r + (k − 1)·j, j ← j·s with TensorFlow's padding (Araujo et al. 2019,
    https://distill.pub/2019/computing-receptive-fields). Raises `ValueError` for a layer without maps.
    """
    if len(model.get_layer(name).output.shape) != 4:
        raise ValueError(f"{name} has no maps: its values have no place in the picture.")
    found: dict[str, ReceptiveField] = {}

    def follow(layer: keras.layers.Layer) -> Callable[..., ReceptiveField]:
        def call(received: Any, **_: Any) -> ReceptiveField:
            several = list(received) if isinstance(received, (list, tuple)) else [received]
            found[layer.name] = _through(layer, _unite(several))
            return found[layer.name]

        return call

    zero, one = np.zeros(2, np.int64), np.ones(2, np.int64)
    model._run_through_graph(
        [ReceptiveField(one, zero, zero)], operation_fn=follow
    )  # numbers take the way of the tensors
    return found[name]


def _unite(several: list[ReceptiveField]) -> ReceptiveField:
    """What is added cell by cell has gone through the same strides."""
    first = np.minimum.reduce([reach.first for reach in several])
    return ReceptiveField(several[0].step, first, np.maximum.reduce([reach.last for reach in several]))


def _through(layer: keras.layers.Layer, reach: ReceptiveField) -> ReceptiveField:
    is_softmax = getattr(getattr(layer, "activation", None), "__name__", "") == "softmax"
    field = _slide(layer, reach)
    return _in_whole_rows(field) if is_softmax and getattr(layer, "along_columns", False) else field


def _in_whole_rows(reach: ReceptiveField) -> ReceptiveField:
    """The field of a softmax along the columns, as Keras computes it with channels_first (see `to_channels_last`)."""
    far = np.array([0, 10**6])
    return ReceptiveField(reach.step, reach.first - far, reach.last + far)


def _slide(layer: keras.layers.Layer, reach: ReceptiveField) -> ReceptiveField:
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size is None or not hasattr(layer, "strides"):  # a blur, which passes pictures on once trained
        return reach
    window = (np.array(size) - 1) * np.array(getattr(layer, "dilation_rate", 1)) + 1
    strides = np.array(layer.strides) * np.ones(2, np.int64)
    before = np.zeros(2, np.int64)
    if layer.padding == "same":
        extent = np.array(layer.input.shape[1:3])
        before = np.maximum((-(-extent // strides) - 1) * strides + window - extent, 0) // 2
    first = reach.first - reach.step * before
    return ReceptiveField(reach.step * strides, first, reach.last + reach.step * (window - 1 - before))
