"""Convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.cost import LayerCost, Padding, Pair, Shape, slide
from cnn_core.architecture.layers.fields import (
    ActivationKnob,
    BiasKnob,
    DilationKnob,
    FiltersKnob,
    InitializerKnob,
    KernelKnob,
    L2Knob,
    PaddingKnob,
    StridesKnob,
)
from cnn_core.architecture.layers.parts import Part, Parts
from cnn_core.architecture.layers.traits import Traits
from cnn_core.errors import LayerProblem


class _Convolution(Layer):
    """What all convolutions share: the window. Subclasses have the fields that are declared here for type checkers."""

    group = "convolution"
    takes_data_format = True

    def slide_kernel(self, shape: Shape) -> tuple[Pair, tuple[tuple[Pair, Pair], ...]]:
        """Height and width of the output, and the window for `LayerCost`."""
        kernel_size, strides, dilation = self._window
        if strides > 1 and dilation > 1:
            raise LayerProblem(
                self.name,
                "strides_and_dilation",
                "{name}: strides {strides} and dilation rate {rate} don't go together; set one of them to 1.",
                name=self.name,
                strides=strides,
                rate=dilation,
            )
        span = dilation * (kernel_size - 1) + 1
        padding: Padding = getattr(self, "padding", "valid")
        return slide(self.name, shape, span, strides, padding), (((span, span), (strides, strides)),)

    @property
    def _window(self) -> tuple[int, int, int]:
        values: Any = self
        return values.kernel_size, values.strides, values.dilation_rate


@register_layer
class Conv2D(_Convolution):
    stem = "conv"
    traits = Traits("weighted_window", takes="maps", window="kernel_size")
    positional = ("filters", "kernel_size")
    is_basic = is_timed = True
    on_insert: ClassVar[dict[str, Any]] = {"activation": "relu"}
    kind: Literal["Conv2D"] = "Conv2D"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True
    kernel_initializer: InitializerKnob = "glorot_uniform"
    l2: L2Knob = 0.0

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        (height, width), windows = self.slide_kernel(shapes[0])
        k, channels, filters, bias = self.kernel_size, shapes[0][2], self.filters, self.use_bias
        return LayerCost(
            shape=(height, width, filters),
            parameters=(k * k * channels + bias) * filters,
            arithmetic=f"({k}·{k}·{channels} + 1)·{filters}" if bias else f"{k}·{k}·{channels}·{filters}",
            macs=k * k * channels * filters * height * width,
            windows=windows,
        )

    def split_parameters(self, shape: Shape) -> Parts:
        quantities = {"channels": shape[-1], "kernel_size": self.kernel_size, "filters": self.filters}
        return Parts(quantities, (Part("filter", "channels", "kernel_size", self.use_bias, ("filters",)),))


@register_layer
class DepthwiseConv2D(_Convolution):
    stem = "depthwise"
    traits = Traits("weighted_window", takes="maps", window="kernel_size", depthwise=True)
    positional = ("kernel_size",)
    kind: Literal["DepthwiseConv2D"] = "DepthwiseConv2D"
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    depth_multiplier: int = Field(
        1, ge=1, le=16, title="Depth multiplier", description="How many kernels each input channel has to itself."
    )
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True
    depthwise_initializer: InitializerKnob = "glorot_uniform"

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        (height, width), windows = self.slide_kernel(shapes[0])
        k, outputs = self.kernel_size, shapes[0][2] * self.depth_multiplier
        return LayerCost(
            shape=(height, width, outputs),
            parameters=(k * k + self.use_bias) * outputs,
            arithmetic=f"({k}·{k} + 1)·{outputs}" if self.use_bias else f"{k}·{k}·{outputs}",
            macs=k * k * outputs * height * width,
            windows=windows,
        )

    def split_parameters(self, shape: Shape) -> Parts:
        multiplier = self.depth_multiplier
        quantities = {"channels": shape[-1], "kernel_size": self.kernel_size, "depth_multiplier": multiplier}
        own = Part("kernel", 1, "kernel_size", self.use_bias, ("channels", "depth_multiplier"))
        return Parts(quantities, (own,))


@register_layer
class SeparableConv2D(_Convolution):
    stem = "separable"
    traits = Traits("weighted_window", takes="maps", window="kernel_size", depthwise=True, pointwise=True)
    positional = ("filters", "kernel_size")
    on_insert: ClassVar[dict[str, Any]] = {"activation": "relu"}
    kind: Literal["SeparableConv2D"] = "SeparableConv2D"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    padding: PaddingKnob = "valid"
    activation: ActivationKnob = "linear"
    dilation_rate: DilationKnob = 1
    use_bias: BiasKnob = True

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        (height, width), windows = self.slide_kernel(shapes[0])
        k, channels, filters, bias = self.kernel_size, shapes[0][2], self.filters, self.use_bias
        each = f"({channels} + 1)" if bias else f"{channels}"
        return LayerCost(
            shape=(height, width, filters),
            parameters=k * k * channels + (channels + bias) * filters,
            arithmetic=f"{k}·{k}·{channels} + {each}·{filters}",
            macs=(k * k * channels + channels * filters) * height * width,
            windows=windows,
        )

    def split_parameters(self, shape: Shape) -> Parts:
        quantities = {"channels": shape[-1], "kernel_size": self.kernel_size, "filters": self.filters}
        depthwise = Part("kernel", 1, "kernel_size", False, ("channels",))
        return Parts(quantities, (depthwise, Part("filter", "channels", 1, self.use_bias, ("filters",))))
