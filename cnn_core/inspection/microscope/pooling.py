"""Pooling and normalization of one value."""

from __future__ import annotations

import numpy as np

from cnn_core.inspection.microscope.stages import Maximum, Mean, Normalize, Window
from cnn_core.inspection.microscope.windows import cut_window, sliding_of
from cnn_core.inspection.model.graph import Cell, OpenLayer, Values


def normalize(layer: OpenLayer, before: float, channel: int) -> Normalize:
    """Output of BatchNormalization at inference for `before`, with moving mean and variance."""
    weights = iter(layer.weights)
    gamma = float(next(weights)[channel]) if layer.config["scale"] else 1.0
    beta = float(next(weights)[channel]) if layer.config["center"] else 0.0
    mean, variance = (float(weight[channel]) for weight in weights)
    epsilon = float(layer.config["epsilon"])
    value = gamma * (before - mean) / np.sqrt(variance + epsilon) + beta
    return Normalize(float(value), before, gamma, beta, mean, variance, epsilon)


def pool(layer: OpenLayer, values: Values, cell: Cell) -> Maximum | Mean:
    """The window of a pooling layer at a cell; the whole map for global pooling."""
    source, channel = values[layer.sources[0]], cell[-1]
    sliding = sliding_of(layer)
    if sliding is None:  # the whole map
        rows, columns = (np.arange(size) for size in source.shape[:2])
    else:
        rows, columns = (sliding.indices(axis, source.shape[axis], cell[axis]) for axis in (0, 1))
    cut, inside = cut_window(source[:, :, channel : channel + 1], rows, columns)
    read = cut[:, :, 0]
    total, count = float(read[inside].sum(dtype=np.float64)), int(inside.sum())
    is_maximum = layer.traits.reduction == "max"
    best = np.unravel_index(np.argmax(np.where(inside, read, -np.inf)), read.shape)
    value = float(read[best]) if is_maximum else total / count
    places = tuple(rows.tolist()), tuple(columns.tolist())
    window = Window(layer.sources[0], channel, *places, read, inside, None, value)
    if is_maximum:
        return Maximum(value, window, (int(rows[best[0]]), int(columns[best[1]])))
    return Mean(value, window, total, count)
