"""Means, variances and correlations of feature maps over many images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.inspection.filters.kernels import Kernels
from cnn_core.inspection.model.walk import Progress, read_outputs, traced

if TYPE_CHECKING:
    import keras

    from cnn_core.inspection.model.probe import Probe

_BATCH = 128


@dataclass
class Moments:
    """Sums over one layer's maps per channel; `sums` and `products` are relative to `shift`, for precision."""

    shift: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sums: np.ndarray
    products: np.ndarray  # (filters, filters)
    count: int = 0

    def correlation(self) -> np.ndarray:
        """Pearson's, float64 (filters, filters); 0 where a filter does not vary."""
        means = self.sums / self.count
        covariance = self.products / self.count - np.outer(means, means)
        deviation = np.sqrt(np.clip(np.diag(covariance), 0, None))
        scale = np.outer(deviation, deviation)
        return np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0)


def measure_moments(
    probe: Probe, groups: list[Kernels], inputs: np.ndarray, on_progress: Progress | None
) -> list[Moments]:
    """The moments of each convolution's maps, in one pass over prepared inputs float32 (N, …)."""
    names = tuple(kernels.maps or "" for kernels in groups)
    read = traced(probe, ("moments", names), lambda model: _trace_moments(model, names))
    opening = read(inputs[:1], [np.zeros(kernels.filters, np.float32) for kernels in groups])
    shifts: list[np.ndarray] = [np.asarray(total) / int(count) for _, _, total, _, count in opening]
    moments = [_start_at(shift) for shift in shifts]
    for start in range(0, len(inputs), _BATCH):
        for kept, (low, high, sums, products, count) in zip(
            moments, read(inputs[start : start + _BATCH], shifts), strict=True
        ):
            kept.low, kept.high = np.minimum(kept.low, low), np.maximum(kept.high, high)
            kept.sums = kept.sums + np.asarray(sums, np.float64)
            kept.products = kept.products + np.asarray(products, np.float64)
            kept.count += int(count)
        if on_progress:
            on_progress(min(1.0, (start + _BATCH) / len(inputs)))
    return moments


def _start_at(shift: np.ndarray) -> Moments:
    size = len(shift)
    return Moments(shift, np.full(size, np.inf), np.full(size, -np.inf), np.zeros(size), np.zeros((size, size)))


def _trace_moments(model: keras.Model, names: tuple[str, ...]) -> Any:
    import tensorflow as tf

    outputs_of = read_outputs(model, names)

    @tf.function(reduce_retracing=True)
    def read(inputs: Any, shifts: Any) -> Any:
        return [_moments_of(maps, shift) for maps, shift in zip(outputs_of(inputs), shifts, strict=True)]

    return read


def _moments_of(maps: Any, shift: Any) -> Any:
    import tensorflow as tf

    rows = tf.reshape(maps, (-1, maps.shape[-1]))  # (N · H · W, C)
    moved = rows - shift
    return (
        tf.reduce_min(rows, 0),
        tf.reduce_max(rows, 0),
        tf.reduce_sum(moved, 0),
        tf.matmul(moved, moved, transpose_a=True),
        tf.shape(rows)[0],
    )
