"""The arithmetic behind one value of a layer: inputs, products, sum and output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn_core.inspection.microscope.activations import activate, softmax_powers
from cnn_core.inspection.microscope.pooling import normalize, pool
from cnn_core.inspection.microscope.stages import (
    Activated,
    Bias,
    Same,
    Softmax,
    Stage,
    Sum,
    Summand,
    to_plain,
)
from cnn_core.inspection.microscope.sums import adds_bias_by_column, copied_from, sums_at, weigh
from cnn_core.inspection.model.graph import Cell, OpenLayer, Values, check_cell, find_layer

_RELATIVE, _ABSOLUTE = 1e-4, 1e-5
_COARSE = 2e-2  # 16-bit floats have about two decimals


@dataclass(frozen=True, eq=False)
class Explanation:
    """The arithmetic behind one cell; the last stage's value is `computed`, the model's own is `value`.

    `agrees`: the two differ by rounding alone.
    """

    layer: str
    kind: str
    cell: Cell
    value: float
    computed: float
    agrees: bool
    stages: tuple[Stage, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; each stage has its `kind`, a number that is not finite is None."""
        plain: dict[str, Any] = to_plain(self)
        return plain


def explain(layers: Sequence[OpenLayer], values: Values, name: str, cell: Sequence[int], shown: int = 8) -> Explanation:
    """The arithmetic behind cell (row, column, channel) or (unit,) of one layer, from what that layer read.

    `shown` is how many terms of a long sum are spelt out. Raises `ValueError` for a layer or a cell that is not there,
    and for a kind of layer that `cnn_core.architecture` does not build.
    """
    layer = find_layer(layers, name)
    place = check_cell(name, values[name].shape, cell)
    stages = _explain_stages(layers, layer, values, place, shown)
    value, computed = float(values[name][place]), stages[-1].value
    assert computed is not None
    return Explanation(name, layer.kind, place, value, computed, _agree(layer, value, computed), tuple(stages))


def _explain_stages(
    layers: Sequence[OpenLayer], layer: OpenLayer, values: Values, cell: Cell, shown: int
) -> list[Stage]:
    arithmetic = layer.traits.arithmetic
    if arithmetic == "input":
        return [Same(float(values[layer.name][cell]), None, None)]
    if arithmetic == "unknown":
        raise ValueError(f"{layer.name}: the arithmetic of a {layer.kind} layer is not known; choose another layer.")
    source = layer.sources[0]
    if layer.traits.has_weighted_sum:
        return _finish(layer, values, cell, weigh(layers, layer, values, cell, shown))
    if layer.traits.copies:
        origin = copied_from(layer, values, cell)
        return [Same(float(values[source][origin]), source, origin)]
    if arithmetic == "sum":
        summands = tuple(Summand(name, cell, float(values[name][cell])) for name in layer.sources)
        return [Sum(sum(summand.value for summand in summands), summands)]
    if arithmetic in ("pooled_window", "pooled_map"):
        return [pool(layer, values, cell)]
    before = float(values[source][cell])
    if arithmetic == "activation":
        return [_activate(layer, values, cell, before)]
    if arithmetic == "normalization":
        return [normalize(layer, before, cell[-1])]
    assert layer.traits.function is not None, f"{layer.kind}: an elementwise layer needs a function"
    return [Activated(layer.traits.function(before, layer.config, layer.weights, cell), layer.kind, before)]


def _finish(layer: OpenLayer, values: Values, cell: Cell, stages: list[Stage]) -> list[Stage]:
    """A sum's bias and activation, where the layer has them."""
    total = stages[-1].value
    assert total is not None
    if layer.config["use_bias"]:
        index = cell[1] if adds_bias_by_column(layer, values) else cell[-1]
        bias = float(layer.weights[-1][index])
        total += bias
        stages.append(Bias(total, index, bias))
    if layer.activation != "linear":
        stages.append(_activate(layer, values, cell, total))
    return stages


def _activate(layer: OpenLayer, values: Values, cell: Cell, before: float) -> Stage:
    if layer.activation != "softmax":
        return Activated(activate(layer.activation, before), layer.activation, before)
    axis = softmax_axis(layer, len(cell))
    cells = tuple((*cell[:axis], i, *cell[axis + 1 :]) for i in range(values[layer.name].shape[axis]))
    logits = _logits(layer, values, cells, axis)
    powers = softmax_powers(logits)
    total, index = float(powers.sum()), cell[axis]
    return Softmax(float(powers[index]) / total, index, cells, logits, powers, total)


def softmax_axis(layer: OpenLayer, dimensions: int) -> int:
    """The axis along which a softmax sums to 1: the last, or 1 where the layer works along columns."""
    return 1 if layer.along_columns and dimensions == 3 else dimensions - 1


def _logits(layer: OpenLayer, values: Values, cells: Sequence[Cell], axis: int) -> np.ndarray:
    if layer.traits.arithmetic == "activation":
        source = values[layer.sources[0]]
        return np.array([source[cell] for cell in cells], dtype=np.float64)
    if axis == len(cells[0]) - 1:  # all units, or all channels of one place
        return sums_at(layer, values, cells[0])
    return np.array([sums_at(layer, values, cell)[cell[-1]] for cell in cells])


def _agree(layer: OpenLayer, value: float, computed: float) -> bool:
    relative, absolute = (_RELATIVE, _ABSOLUTE) if layer.compute_dtype == "float32" else (_COARSE, _COARSE)
    return bool(np.isclose(computed, value, rtol=relative, atol=absolute, equal_nan=True))
