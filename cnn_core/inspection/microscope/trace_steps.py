"""One layer's step of a trace: back from cells of its output, and forward from cells of its input.

`Cells` has an array of indices per axis: (rows, columns, channels) of a map, (units,) of a vector.
"""

from __future__ import annotations

import numpy as np

from cnn_core.inspection.microscope.explain import softmax_axis
from cnn_core.inspection.microscope.windows import sliding_of
from cnn_core.inspection.model.graph import OpenLayer, Shapes

Cells = tuple[np.ndarray, ...]


def step_back(layer: OpenLayer, shapes: Shapes, cells: Cells) -> Cells:
    """The cells of each source of `layer` that some of its output's `cells` are made from."""
    shape, output = shapes[layer.sources[0]], shapes[layer.name]
    cells = _share_softmax(layer, output, cells)
    if sliding_of(layer) is not None:
        rows, columns = (_read_by(layer, axis, shape[axis], cells[axis]) for axis in (0, 1))
        return rows, columns, _channels_read(layer, shape[2], cells[2])
    arithmetic = layer.traits.arithmetic
    if arithmetic == "pooled_map":
        return np.arange(shape[0]), np.arange(shape[1]), cells[0]
    if arithmetic in ("dense", "unknown"):
        return tuple(np.arange(size) for size in shape)
    if arithmetic == "flatten" and len(shape) == 3:
        places = np.unravel_index(cells[0], shape)
        return tuple(np.unique(axis) for axis in places)
    return cells


def step_forward(layer: OpenLayer, shapes: Shapes, cells: Cells) -> Cells:
    """The cells of `layer`'s output that some of its input's `cells` have a part in."""
    shape, output = shapes[layer.sources[0]], shapes[layer.name]
    fed = cells
    if sliding_of(layer) is not None:
        rows, columns = (_fed_by(layer, axis, shape[axis], output[axis], cells[axis]) for axis in (0, 1))
        fed = rows, columns, _channels_fed(layer, output[2], cells[2])
    elif layer.traits.arithmetic == "pooled_map":
        fed = (cells[2],)
    elif layer.traits.arithmetic in ("dense", "unknown"):
        fed = tuple(np.arange(size) for size in output)
    elif layer.traits.arithmetic == "flatten" and len(shape) == 3:
        chosen = np.ravel_multi_index(np.meshgrid(*cells, indexing="ij"), shape)
        fed = (np.unique(chosen),)
    return _share_softmax(layer, output, fed)


def _share_softmax(layer: OpenLayer, output: tuple[int, ...], cells: Cells) -> Cells:
    """All cells along the axis of a softmax: each depends on every other."""
    if layer.activation != "softmax" or any(axis.size == 0 for axis in cells):
        return cells
    axis = softmax_axis(layer, len(output))
    return (*cells[:axis], np.arange(output[axis]), *cells[axis + 1 :])


def _windows(layer: OpenLayer, axis: int, size: int, places: np.ndarray) -> np.ndarray:
    """(places, k) input indices of the windows at these places, those outside too."""
    sliding = sliding_of(layer)
    assert sliding is not None
    return places[:, np.newaxis] * sliding.strides[axis] + sliding.indices(axis, size, 0)


def _read_by(layer: OpenLayer, axis: int, size: int, places: np.ndarray) -> np.ndarray:
    read = np.unique(_windows(layer, axis, size, places))
    return read[(read >= 0) & (read < size)]


def _fed_by(layer: OpenLayer, axis: int, size: int, places: int, indices: np.ndarray) -> np.ndarray:
    windows = _windows(layer, axis, size, np.arange(places))
    return np.flatnonzero(np.isin(windows, indices).any(axis=1))


def _channels_read(layer: OpenLayer, channels: int, cells: np.ndarray) -> np.ndarray:
    if layer.traits.mixes_channels:
        return np.arange(channels)
    if layer.traits.depthwise:
        return np.unique(cells // layer.config["depth_multiplier"])
    return cells  # pooling


def _channels_fed(layer: OpenLayer, filters: int, cells: np.ndarray) -> np.ndarray:
    if layer.traits.mixes_channels:
        return np.arange(filters)
    if layer.traits.depthwise:
        multiplier = layer.config["depth_multiplier"]
        return (cells[:, np.newaxis] * multiplier + np.arange(multiplier)).ravel()
    return cells  # pooling
