"""The weighted sums behind one value: windows of a convolution, terms of a dense layer; no activation yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnn_core.inspection.microscope.stages import Stage, Term, Terms, Window, Windows
from cnn_core.inspection.microscope.windows import cut_window, sliding_of
from cnn_core.inspection.model.graph import Cell, OpenLayer, Values, find_layer


def weigh(layers: Sequence[OpenLayer], layer: OpenLayer, values: Values, cell: Cell, shown: int) -> list[Stage]:
    """The stages of a Dense layer or a convolution up to its sum."""
    source = layer.sources[0]
    if layer.traits.arithmetic == "dense":
        weights = layer.weights[0][:, cell[0]]
        return [make_terms(source, lambda i: trace_copy(layers, values, source, (i,)), values[source], weights, shown)]
    windows = read_windows(layer, values, cell)
    if not layer.traits.pointwise:
        return [Windows(sum(window.partial for window in windows), windows)]
    results = np.array([window.partial for window in windows])
    weights = layer.weights[1][0, 0, :, cell[2]]
    return [Windows(None, windows), make_terms(source, lambda i: (source, (i,)), results, weights, shown)]


def read_windows(layer: OpenLayer, values: Values, cell: Cell) -> tuple[Window, ...]:
    """The windows that one cell of a convolution reads.

    One per input channel; a depthwise one reads one channel alone; a separable one has them in the order of its
    pointwise weights.
    """
    patch, inside, rows, columns = _stand(layer, values, cell)
    kernel = layer.weights[0]  # (k, k, C, filters), or (k, k, C, multiplier)
    multiplier = kernel.shape[3]
    if not layer.traits.depthwise:
        pairs = [(channel, cell[2]) for channel in range(kernel.shape[2])]
    elif not layer.traits.pointwise:
        pairs = [divmod(cell[2], multiplier)]
    else:
        pairs = [divmod(i, multiplier) for i in range(kernel.shape[2] * multiplier)]
    channels, filters = np.array(pairs).T
    read, kernels = patch[:, :, channels], kernel[:, :, channels, filters]  # both (k, k, windows)
    partials = (read.astype(np.float64) * kernels).sum(axis=(0, 1))
    places = tuple(rows.tolist()), tuple(columns.tolist())
    return tuple(
        Window(layer.sources[0], channel, *places, read[:, :, i], inside, kernels[:, :, i], float(partials[i]))
        for i, (channel, _) in enumerate(pairs)
    )


def sums_at(layer: OpenLayer, values: Values, cell: Cell) -> np.ndarray:
    """float64, biased: a Dense layer's sums for all its units, or a convolution's for all channels at cell's place."""
    weights = [weight.astype(np.float64) for weight in layer.weights]
    if layer.traits.arithmetic == "dense":
        sums = values[layer.sources[0]].astype(np.float64) @ weights[0]
    else:
        patch = _stand(layer, values, cell)[0].astype(np.float64)
        if not layer.traits.depthwise:
            sums = np.tensordot(patch, weights[0], axes=3)
        else:
            sums = np.einsum("ijc,ijcm->cm", patch, weights[0]).reshape(-1)
        if layer.traits.pointwise:
            sums = sums @ weights[1][0, 0]
    if not layer.config["use_bias"]:
        return sums
    return sums + (weights[-1][cell[1]] if adds_bias_by_column(layer, values) else weights[-1])


def adds_bias_by_column(layer: OpenLayer, values: Values) -> bool:
    """Whether bias i goes to column i of every map instead of to map i.

    Keras 3.15 does so with channels_first if a layer has as many filters as its maps have columns (see
    `to_channels_last`).
    """
    shape = values[layer.name].shape
    return layer.along_columns and len(shape) == 3 and shape[1] == shape[2] > 1


def trace_copy(layers: Sequence[OpenLayer], values: Values, name: str, cell: Cell) -> tuple[str, Cell]:
    """The layer that made a value, and its cell there: back through layers that only copy."""
    layer = find_layer(layers, name)
    while layer.traits.copies:
        cell = copied_from(layer, values, cell)
        layer = find_layer(layers, layer.sources[0])
    return layer.name, cell


def copied_from(layer: OpenLayer, values: Values, cell: Cell) -> Cell:
    """The cell of its source that a copying layer's cell holds."""
    if layer.traits.arithmetic != "flatten":
        return cell
    shape = values[layer.sources[0]].shape
    return tuple(int(i) for i in np.unravel_index(cell[0], shape))


def make_terms(
    source: str, find_origin: Callable[[int], tuple[str, Cell]], inputs: np.ndarray, weights: np.ndarray, shown: int
) -> Terms:
    """Products of (n,) inputs and weights, the `shown` largest spelt out with where their input was made."""
    products = inputs.astype(np.float64) * weights
    order = np.argsort(-np.abs(products), kind="stable")
    terms = []
    for i in order[:shown].tolist():
        origin, cell = find_origin(i)
        terms.append(Term(source, i, origin, cell, float(inputs[i]), float(weights[i]), float(products[i])))
    rest = products[order[shown:]]
    return Terms(float(products.sum()), tuple(terms), len(rest), float(rest.sum()))


def _stand(layer: OpenLayer, values: Values, cell: Cell) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The window at a cell: values (k, k, C), inside (k, k), rows (k,), columns (k,)."""
    source, sliding = values[layer.sources[0]], sliding_of(layer)
    assert sliding is not None
    rows, columns = (sliding.indices(axis, source.shape[axis], cell[axis]) for axis in (0, 1))
    return (*cut_window(source, rows, columns), rows, columns)
