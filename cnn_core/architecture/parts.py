"""Where a layer's parameters are: pieces to count, so that the formula can be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from cnn_core.architecture import layers as kinds
from cnn_core.architecture.costs import Shape
from cnn_core.architecture.layers import Layer

Factor = int | str  # a number, or the name of one of the layer's quantities


@dataclass(frozen=True)
class Part:
    """`count` pieces alike; each holds `grids` grids of `side` × `side` weights and, with `bias`, one number more.

    Factors that are names stand for quantities; what has several factors is their product.
    """

    name: str
    grids: Factor
    side: Factor
    bias: bool
    count: tuple[Factor, ...]


@dataclass(frozen=True)
class Parts:
    """`quantities` holds what the formula depends on, by Keras's name or "channels" or "inputs" for what comes in."""

    quantities: dict[str, int]
    parts: tuple[Part, ...]

    @property
    def parameters(self) -> int:
        def value(factor: Factor) -> int:
            return factor if isinstance(factor, int) else self.quantities[factor]

        return sum(
            (value(part.grids) * value(part.side) ** 2 + part.bias) * prod(map(value, part.count))
            for part in self.parts
        )


def split_parameters(layer: Layer, shape: Shape) -> Parts | None:
    """The parts of a layer whose input is (height, width, channels) or (units,); None for those without a formula."""
    channels = shape[-1]
    if isinstance(layer, kinds.Dense):
        quantities = {"inputs": channels, "units": layer.units}
        return Parts(quantities, (Part("unit", "inputs", 1, layer.use_bias, ("units",)),))
    if isinstance(layer, kinds.BatchNormalization):
        return Parts({"channels": channels}, (Part("channel", 4, 1, False, ("channels",)),))
    if isinstance(layer, kinds.Conv2D):
        quantities = {"channels": channels, "kernel_size": layer.kernel_size, "filters": layer.filters}
        return Parts(quantities, (Part("filter", "channels", "kernel_size", layer.use_bias, ("filters",)),))
    if isinstance(layer, kinds.DepthwiseConv2D):
        multiplier = layer.depth_multiplier
        quantities = {"channels": channels, "kernel_size": layer.kernel_size, "depth_multiplier": multiplier}
        own = Part("kernel", 1, "kernel_size", layer.use_bias, ("channels", "depth_multiplier"))
        return Parts(quantities, (own,))
    if isinstance(layer, kinds.SeparableConv2D):
        quantities = {"channels": channels, "kernel_size": layer.kernel_size, "filters": layer.filters}
        depthwise = Part("kernel", 1, "kernel_size", False, ("channels",))
        return Parts(quantities, (depthwise, Part("filter", "channels", 1, layer.use_bias, ("filters",))))
    return None
