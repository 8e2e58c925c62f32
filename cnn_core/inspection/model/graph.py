"""A model as plain data: graph, layer configs and weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.architecture.layers import Traits, traits_of
from cnn_core.inspection.model.probe import LayerOutput, Probe
from cnn_core.inspection.model.walk import find_sources, input_name, list_layers

if TYPE_CHECKING:
    import keras

# Layer name → its output for one input: (H, W, C) or (units,).
Values = Mapping[str, np.ndarray]
Shapes = Mapping[str, tuple[int, ...]]
Cell = tuple[int, ...]


@dataclass(frozen=True)
class OpenLayer:
    """One layer. `kind` is Keras's class, `sources` the layers it reads, `config` Keras's own settings.

    `weights` are copies in the order of `get_weights()`. `along_columns`: softmax and bias go along the columns of a
    map instead of its channels (see `to_channels_last`). `compute_dtype` is the precision that the layer computes in.
    """

    name: str
    kind: str
    sources: tuple[str, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    weights: tuple[np.ndarray, ...] = ()
    along_columns: bool = False
    compute_dtype: str = "float32"

    @property
    def traits(self) -> Traits:
        return traits_of(self.kind)

    @property
    def activation(self) -> str:
        return str(self.config.get("activation", "linear"))


def open_layers(model: keras.Model) -> tuple[OpenLayer, ...]:
    """Every layer in the order of a channels_last model, its input first.

    The input is called "input", or a longer name if a layer has that one.
    """
    sources = find_sources(model)
    opened = [OpenLayer(input_name(model), "InputLayer")]
    for layer in list_layers(model):
        opened.append(
            OpenLayer(
                name=layer.name,
                kind=type(layer).__name__,
                sources=sources[layer.name],
                config=layer.get_config(),
                weights=tuple(np.array(weight, dtype=np.float32) for weight in layer.get_weights()),
                along_columns=getattr(layer, "along_columns", False),
                compute_dtype=str(layer.compute_dtype),
            )
        )
    return tuple(opened)


def open_probe(probe: Probe) -> tuple[OpenLayer, ...]:
    """`open_layers` of a probe's model."""
    return open_layers(probe.model)


def collect_values(layers: Sequence[OpenLayer], outputs: Sequence[LayerOutput], inputs: np.ndarray) -> Values:
    """What `Probe.inspect` gave, and the prepared input (1, …) that it was given, by layer name."""
    return {layers[0].name: inputs[0]} | {output.name: output.values for output in outputs}


def shapes_of(values: Values) -> Shapes:
    """Layer name → (H, W, C) or (units,)."""
    return {name: tuple(array.shape) for name, array in values.items()}


def find_layer(layers: Sequence[OpenLayer], name: str) -> OpenLayer:
    """Raises `ValueError` where no layer has that name."""
    for layer in layers:
        if layer.name == name:
            return layer
    raise ValueError(f"No layer is called {name!r}; choose one of {', '.join(layer.name for layer in layers)}.")


def check_cell(name: str, shape: tuple[int, ...], cell: Sequence[int]) -> Cell:
    """The cell as plain integers. Raises `ValueError` where it is not one of that layer's output."""
    plain = tuple(int(i) for i in cell)
    if len(plain) != len(shape) or not all(0 <= i < size for i, size in zip(plain, shape, strict=True)):
        last = tuple(size - 1 for size in shape)
        raise ValueError(f"{name} has no cell {plain}; choose one from {(0,) * len(shape)} to {last}.")
    return plain


def strongest_cell(values: np.ndarray) -> Cell:
    """Where the largest |value| of a layer's output stands, the first of several; a NaN is never the largest."""
    sizes = np.abs(values)
    best = np.argmax(np.where(np.isnan(sizes), -1.0, sizes))
    return tuple(int(i) for i in np.unravel_index(best, values.shape))
