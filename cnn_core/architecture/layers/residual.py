"""The residual block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from cnn_core.architecture.layers.base import Layer, register_layer
from cnn_core.architecture.layers.convolution import Conv2D
from cnn_core.architecture.layers.cost import LayerCost, Shape, compute_window_count
from cnn_core.architecture.layers.elementwise import Activate, BatchNormalization
from cnn_core.architecture.layers.fields import ActivationKnob, FiltersKnob, KernelKnob, StridesKnob
from cnn_core.architecture.layers.traits import Traits


@register_layer
class ResidualBlock(Layer):
    """Two convolutions with batch normalization, their input added to their output (He et al. 2015).

    The shortcut gets a 1×1 convolution where channels or size differ.
    """

    stem, group = "residual", "convolution"
    traits = Traits("unknown", takes="maps", window="kernel_size")
    is_block = True
    parts: ClassVar = ("conv1", "norm1", "act1", "conv2", "norm2", "shortcut", "add", "out")  # layers NAME_conv1, …
    kind: Literal["ResidualBlock"] = "ResidualBlock"
    filters: FiltersKnob = 32
    kernel_size: KernelKnob = 3
    strides: StridesKnob = 1
    activation: ActivationKnob = "relu"

    @property
    def label(self) -> str:
        return "Residual"

    def part_names(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{part}" for part in self.parts)

    def measure(self, shapes: Sequence[Shape]) -> LayerCost:
        k, channels, filters, step = self.kernel_size, shapes[0][2], self.filters, self.strides
        height, width = (compute_window_count(n, k, step, "same") for n in shapes[0][:2])
        shortcut = channels * filters if self.has_shortcut_kernel(channels) else 0
        weights = k * k * channels * filters + k * k * filters * filters + shortcut
        extra = f" + {channels}·{filters}" if shortcut else ""
        return LayerCost(
            shape=(height, width, filters),
            parameters=weights + 8 * filters,
            non_trainable=4 * filters,
            arithmetic=f"{k}·{k}·{channels}·{filters} + {k}·{k}·{filters}·{filters}{extra} + 2·4·{filters}",
            macs=weights * height * width,
            windows=(((k, k), (step, step)), ((k, k), (1, 1))),
        )

    def has_shortcut_kernel(self, channels: int) -> bool:
        """Whether the shortcut needs a 1×1 convolution, because the input can't be added to the output as it is."""
        return self.strides > 1 or channels != self.filters

    def split(self, channels: int) -> tuple[list[Layer], Layer | None]:
        """The block's layers in order, and the convolution of the shortcut, if it has one."""

        def conv(part: str, kernel_size: int, strides: int) -> Conv2D:
            return Conv2D(
                name=f"{self.name}_{part}",
                filters=self.filters,
                kernel_size=kernel_size,
                strides=strides,
                padding="same",
                use_bias=False,  # the normalization that follows has one
            )

        inner: list[Layer] = [
            conv("conv1", self.kernel_size, self.strides),
            BatchNormalization(name=f"{self.name}_norm1"),
            Activate(name=f"{self.name}_act1", activation=self.activation),
            conv("conv2", self.kernel_size, 1),
            BatchNormalization(name=f"{self.name}_norm2"),
        ]
        return inner, conv("shortcut", 1, self.strides) if self.has_shortcut_kernel(channels) else None

    def connect(self, inputs: Any, shape: Shape, data_format: str, dtype: str | None = None) -> Any:
        import keras

        inner, shortcut = self.split(shape[2])
        outputs = inputs
        for part in inner:
            outputs = part.build(data_format)(outputs)
        around = shortcut.build(data_format)(inputs) if shortcut else inputs
        outputs = keras.layers.Add(name=f"{self.name}_add")([outputs, around])
        return keras.layers.Activation(self.activation, name=f"{self.name}_out")(outputs)

    def write_block(self, shape: Shape, data_format: str) -> list[str]:
        inner, shortcut = self.split(shape[2])
        lines = ["around = x", *(f"x = {part.write(data_format)}(x)" for part in inner)]
        if shortcut:
            lines.append(f"around = {shortcut.write(data_format)}(around)")
        lines.append(f'x = layers.Add(name="{self.name}_add")([x, around])')
        lines.append(f'x = layers.Activation("{self.activation}", name="{self.name}_out")(x)')
        return lines
