"""Backward and forward traces of a cell: receptive fields in earlier layers, dependents in later ones.

Cells are followed along each axis by themselves, so what is found is a box: it holds all cells that take part, and with
a dilated kernel some between them that do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.inspection.microscope.trace_steps import Cells, step_back, step_forward
from cnn_core.inspection.model.graph import OpenLayer, Shapes, check_cell, find_layer


@dataclass(frozen=True)
class Box:
    """Cells of one layer's output.

    Of a map: `rows`, `columns` and `channels`, half-open and within the map, and `units` None. Of a vector: `units`,
    and the others None.
    """

    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None
    channels: tuple[int, int] | None = None
    units: tuple[int, ...] | None = None

    @property
    def is_map(self) -> bool:
        return self.units is None


def trace_back(layers: Sequence[OpenLayer], shapes: Shapes, name: str, cell: Sequence[int]) -> dict[str, Box]:
    """The receptive field of a cell in every earlier layer that it depends on, the network's input included.

    `shapes` has each layer's output shape, (H, W, C) or (units,). Where a residual block parts, both ways are followed.
    Raises `ValueError` for a layer or a cell that is not there.
    """
    find_layer(layers, name)
    reached = {name: _begin(shapes, name, cell)}
    for layer in reversed(layers):
        if layer.name not in reached:
            continue
        for source in layer.sources:
            read = step_back(layer, shapes, reached[layer.name])
            _add(reached, source, read)
    return _to_boxes(layers, shapes, reached, name)


def trace_forward(layers: Sequence[OpenLayer], shapes: Shapes, name: str, cell: Sequence[int]) -> dict[str, Box]:
    """The cells of every later layer that depend on a cell. Raises `ValueError` as `trace_back`."""
    find_layer(layers, name)
    reached = {name: _begin(shapes, name, cell)}
    for layer in layers:
        for source in layer.sources:
            if source in reached and layer.name != name:
                _add(reached, layer.name, step_forward(layer, shapes, reached[source]))
    return _to_boxes(layers, shapes, reached, name)


def _begin(shapes: Shapes, name: str, cell: Sequence[int]) -> Cells:
    return tuple(np.array([i]) for i in check_cell(name, shapes[name], cell))


def _add(reached: dict[str, Cells], name: str, cells: Cells) -> None:
    if any(axis.size == 0 for axis in cells):  # a window that stands outside the map altogether
        return
    known = reached.get(name)
    reached[name] = cells if known is None else tuple(np.union1d(a, b) for a, b in zip(known, cells, strict=True))


def _to_boxes(layers: Sequence[OpenLayer], shapes: Shapes, reached: dict[str, Cells], name: str) -> dict[str, Box]:
    found = [layer.name for layer in layers if layer.name in reached and layer.name != name]
    return {other: _to_box(reached[other]) for other in found}


def _to_box(cells: Cells) -> Box:
    if len(cells) == 1:
        return Box(units=tuple(cells[0].tolist()))
    rows, columns, channels = ((int(axis.min()), int(axis.max()) + 1) for axis in cells)
    return Box(rows, columns, channels)
