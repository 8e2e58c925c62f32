"""Dense layers and Flatten."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar, Literal

from pydantic import Field

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.cost import LayerCost, Shape
from cnn_core.architecture.layers.fields import ActivationKnob, BiasKnob, InitializerKnob, L2Knob
from cnn_core.architecture.layers.parts import Part, Parts
from cnn_core.architecture.layers.traits import Traits


@register_layer
class Flatten(Layer):
    stem, group = "flatten", "shape"
    traits = Traits("flatten")
    takes_data_format = True
    is_basic = is_timed = True
    kind: Literal["Flatten"] = "Flatten"

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        return LayerCost(shape=(prod(shapes[0]),))


@register_layer
class Dense(Layer):
    stem, group = "dense", "dense"
    traits = Traits("dense", takes="units")
    positional = ("units",)
    is_basic = is_timed = True
    on_insert: ClassVar[dict[str, Any]] = {"activation": "relu"}
    kind: Literal["Dense"] = "Dense"
    units: int = Field(64, ge=1, le=8192, title="Units", description="Outputs, each a weighted sum of all inputs.")
    activation: ActivationKnob = "linear"
    use_bias: BiasKnob = True
    kernel_initializer: InitializerKnob = "glorot_uniform"
    l2: L2Knob = 0.0

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        inputs, units, bias = shapes[0][0], self.units, self.use_bias
        return LayerCost(
            shape=(units,),
            parameters=(inputs + bias) * units,
            arithmetic=f"({inputs:,} + 1)·{units}" if bias else f"{inputs:,}·{units}",
            macs=inputs * units,
            sees_all=True,
        )

    def split_parameters(self, shape: Shape) -> Parts:
        quantities = {"inputs": shape[-1], "units": self.units}
        return Parts(quantities, (Part("unit", "inputs", 1, self.use_bias, ("units",)),))
