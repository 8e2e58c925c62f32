"""Pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.cost import LayerCost, Shape, slide
from cnn_core.architecture.layers.fields import PaddingKnob
from cnn_core.architecture.layers.traits import Traits


class Pooling2D(Layer):
    """Pooling with a window."""

    stem, group = "pool", "pooling"
    positional = ("pool_size",)
    takes_data_format = True
    is_timed = True
    pool_size: int = Field(2, ge=1, le=16, title="Pool size", description="Side of the pooling window.")
    strides: int | None = Field(
        None, ge=1, le=16, title="Strides", description="How far the window moves; empty means the pool size."
    )
    padding: PaddingKnob = "valid"

    @property
    def step(self) -> int:
        return self.strides or self.pool_size

    @property
    def label(self) -> str:
        return self.kind_name().replace("Average", "Avg").removesuffix("ing2D")

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        height, width = slide(self.name, shapes[0], self.pool_size, self.step, self.padding)
        window = (self.pool_size, self.pool_size), (self.step, self.step)
        return LayerCost(shape=(height, width, shapes[0][2]), windows=(window,))


@register_layer
class MaxPooling2D(Pooling2D):
    traits = Traits("pooled_window", takes="maps", window="pool_size", reduction="max")
    is_basic = True
    kind: Literal["MaxPooling2D"] = "MaxPooling2D"


@register_layer
class AveragePooling2D(Pooling2D):
    traits = Traits("pooled_window", takes="maps", window="pool_size", reduction="mean")
    kind: Literal["AveragePooling2D"] = "AveragePooling2D"


@register_layer
class GlobalAveragePooling2D(Layer):
    stem, group = "global_pool", "pooling"
    traits = Traits("pooled_map", takes="maps", reduction="mean")
    takes_data_format = True
    kind: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"

    @property
    def label(self) -> str:
        return "GlobalAvg"

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        return LayerCost(shape=(shapes[0][2],), sees_all=True)
