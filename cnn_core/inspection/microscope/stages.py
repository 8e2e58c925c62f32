"""The steps of the arithmetic behind one value, as plain data. Sums are float64, what a layer read is float32."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar

import numpy as np

from cnn_core.inspection.model.graph import Cell


@dataclass(frozen=True, eq=False)
class Window:
    """What a window reads of one input channel.

    `rows` and `columns` (k,) are the input map's indices, those outside too. `values` (k, k) is 0 outside, `inside`
    (k, k) bool, `kernel` (k, k) or None for pooling. `partial` is Σ values·kernel, or what pooling makes of the window.
    """

    source: str
    channel: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    values: np.ndarray
    inside: np.ndarray
    kernel: np.ndarray | None
    partial: float


@dataclass(frozen=True)
class Term:
    """Product of `value` of unit `index` of `source` and `weight`.

    `origin` and `cell` say where that value was made: through a Flatten layer they lead back to a map. In a separable
    convolution `index` is the window of the stage before and `cell` is (index,).
    """

    source: str
    index: int
    origin: str
    cell: Cell
    value: float
    weight: float
    product: float


@dataclass(frozen=True)
class Summand:
    source: str
    cell: Cell
    value: float


@dataclass(frozen=True, eq=False)
class Stage:
    """`value` is what stands after this step; None where a step gives one value per window instead of one."""

    kind: ClassVar[str] = ""
    value: float | None


@dataclass(frozen=True, eq=False)
class Windows(Stage):
    """The windows of a convolution, one per input channel it reads; their partials sum to `value`."""

    kind: ClassVar[str] = "windows"
    windows: tuple[Window, ...]


@dataclass(frozen=True, eq=False)
class Terms(Stage):
    """The products with the largest |product|, largest first; `rest_count` others sum to `rest_sum`."""

    kind: ClassVar[str] = "terms"
    terms: tuple[Term, ...]
    rest_count: int
    rest_sum: float


@dataclass(frozen=True, eq=False)
class Bias(Stage):
    """`index` is the bias's place among the layer's: the cell's channel or unit (see `adds_bias_by_column`)."""

    kind: ClassVar[str] = "bias"
    index: int
    bias: float


@dataclass(frozen=True, eq=False)
class Activated(Stage):
    """`name` as Keras has it; `before` is what it was applied to."""

    kind: ClassVar[str] = "activation"
    name: str
    before: float


@dataclass(frozen=True, eq=False)
class Softmax(Stage):
    """value = powers[index] / total, powers = exp(logits − max), each (n,).

    `cells` are the n cells that share the sum: all units, all channels of a place, or a row's columns
    (`OpenLayer.along_columns`).
    """

    kind: ClassVar[str] = "softmax"
    index: int
    cells: tuple[Cell, ...]
    logits: np.ndarray
    powers: np.ndarray
    total: float


@dataclass(frozen=True, eq=False)
class Normalize(Stage):
    """value = gamma · (before − mean) / √(variance + epsilon) + beta (Ioffe and Szegedy 2015)."""

    kind: ClassVar[str] = "normalize"
    before: float
    gamma: float
    beta: float
    mean: float
    variance: float
    epsilon: float


@dataclass(frozen=True, eq=False)
class Maximum(Stage):
    """`winner` is (row, column) of the input map, the first of several."""

    kind: ClassVar[str] = "maximum"
    window: Window
    winner: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Mean(Stage):
    """value = total / count; only cells inside the map count."""

    kind: ClassVar[str] = "mean"
    window: Window
    total: float
    count: int


@dataclass(frozen=True, eq=False)
class Sum(Stage):
    kind: ClassVar[str] = "sum"
    summands: tuple[Summand, ...]


@dataclass(frozen=True, eq=False)
class Same(Stage):
    """Copied from `cell` of `source`; both None for the network's input."""

    kind: ClassVar[str] = "same"
    source: str | None
    cell: Cell | None


def to_plain(value: Any) -> Any:
    """Dicts, lists, numbers and strings for JSON; a number that is not finite becomes None."""
    if is_dataclass(value):
        plain = {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
        return {"kind": value.kind, **plain} if isinstance(value, Stage) else plain
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
