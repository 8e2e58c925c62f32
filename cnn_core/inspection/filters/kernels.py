"""Kernels of convolutions and the layers with their feature maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.architecture.layers import traits_of
from cnn_core.inspection.model.walk import find_sources

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Kernels:
    """A convolution's kernels: `values` float32 (height, width, inputs, filters), `bias` (filters,) or None.

    `part` is "depthwise" or "pointwise" for the two steps of a SeparableConv2D, else empty. A depthwise filter sees one
    input channel alone: `inputs` is 1, and `sees[f]` is its index; for other filters `sees` is None. `maps` names the
    layer whose output has the filters' maps, after normalization and activation; a depthwise step has none of its own.
    """

    layer: str
    kind: str
    part: str
    values: np.ndarray
    bias: np.ndarray | None
    sees: tuple[int, ...] | None
    maps: str | None

    @property
    def id(self) -> str:
        return f"{self.layer}.{self.part}" if self.part else self.layer

    @property
    def filters(self) -> int:
        return int(self.values.shape[3])

    @property
    def norms(self) -> np.ndarray:
        """float32 (filters,): the root of the sum of the squares of each filter's weights."""
        return np.sqrt((self.values**2).sum(axis=(0, 1, 2)))


def list_kernels(model: keras.Model) -> tuple[Kernels, ...]:
    """The kernels of every convolution in the model's order, those inside residual blocks too; weights are copied."""
    found: list[Kernels] = []
    for layer in model.layers:
        if traits_of(type(layer).__name__).has_kernel:
            found += _read_kernels(layer, find_maps(model, layer.name))
    return tuple(found)


def find_maps(model: keras.Model, convolution: str) -> str:
    """The layer with the final feature maps of a convolution, after its activation.

    A convolution that has no activation hands its maps on to the BatchNormalization and the Activation behind it, as
    long as nothing else reads them; each of these treats every channel by itself, so that channel c still is filter c.
    """
    if _activation(model.get_layer(convolution)) != "linear":
        return convolution
    readers: dict[str, list[str]] = {}
    for name, sources in find_sources(model).items():
        for source in sources:
            readers.setdefault(source, []).append(name)
    here = convolution
    while len(readers.get(here, ())) == 1:
        following = model.get_layer(readers[here][0])
        traits = traits_of(type(following).__name__)
        is_activation = traits.arithmetic == "activation"
        if is_activation and following.activation.__name__ == "softmax":
            break  # it mixes the channels
        if not (is_activation or traits.normalizes):
            break
        here = following.name
        if is_activation:
            break
    return here


def activation_of_maps(model: keras.Model, kernels: Kernels) -> str:
    """The name of the activation that a convolution's maps went through: "relu", or "linear" for none."""
    name = _activation(model.get_layer(kernels.layer))
    return name if name != "linear" or kernels.maps is None else _activation(model.get_layer(kernels.maps))


def _activation(layer: keras.layers.Layer) -> str:
    function = getattr(layer, "activation", None)
    return "linear" if function is None else str(function.__name__)


def _read_kernels(layer: keras.layers.Layer, maps: str) -> list[Kernels]:
    kind = type(layer).__name__
    traits = traits_of(kind)
    weights = [np.array(value, np.float32) for value in layer.get_weights()]
    bias = weights.pop() if layer.use_bias else None
    if not traits.depthwise:
        return [Kernels(layer.name, kind, "", weights[0], bias, None, maps)]
    depthwise, sees = _per_filter(weights[0])
    if not traits.pointwise:
        return [Kernels(layer.name, kind, "", depthwise, bias, sees, maps)]
    return [
        Kernels(layer.name, kind, "depthwise", depthwise, None, sees, None),
        Kernels(layer.name, kind, "pointwise", weights[1], bias, None, maps),
    ]


def _per_filter(kernel: np.ndarray) -> tuple[np.ndarray, tuple[int, ...]]:
    """(height, width, inputs, multiplier) → (height, width, 1, inputs · multiplier), and the input that each sees."""
    height, width, inputs, multiplier = kernel.shape
    sees = tuple(channel for channel in range(inputs) for _ in range(multiplier))
    return kernel.reshape(height, width, 1, inputs * multiplier), sees
