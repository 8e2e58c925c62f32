"""What one layer makes of its input: shape, parameters, multiplications, and the windows it slides.

Formulas: a `valid` window of k moving by s over n pixels gives ⌊(n − k) / s⌋ + 1 outputs, a `same` one ⌈n / s⌉ (Keras's
documentation of Conv2D). MACs are multiplications, biases and activations left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from cnn_core.architecture import layers as kinds
from cnn_core.architecture.layers import Layer, Padding
from cnn_core.errors import LayerProblem

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerCost:
    """What one layer makes of its input; a block slides several windows in turn."""

    shape: Shape
    parameters: int = 0
    arithmetic: str = ""
    macs: int = 0
    non_trainable: int = 0
    windows: tuple[tuple[int, int], ...] = ()  # (window, step) of each sliding in turn
    sees_all: bool = False


def measure_layer(layer: Layer, shape: Shape) -> LayerCost:
    """The cost of a layer whose input is (height, width, channels) or (units,). Raises `LayerProblem`."""
    return _MEASURES[type(layer).model_fields["kind"].default](layer, shape)


def compute_window_count(size: int, window: int, stride: int, padding: Padding) -> int:
    """How many places a window has along one axis of `size` pixels; 0 or less where it does not fit."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def _conv(layer: kinds.Conv2D, shape: Shape) -> LayerCost:
    height, width = _slide_kernel(layer, shape)
    k, channels, filters, bias = layer.kernel_size, shape[2], layer.filters, layer.use_bias
    return LayerCost(
        shape=(height, width, filters),
        parameters=(k * k * channels + bias) * filters,
        arithmetic=f"({k}·{k}·{channels} + 1)·{filters}" if bias else f"{k}·{k}·{channels}·{filters}",
        macs=k * k * channels * filters * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _depthwise(layer: kinds.DepthwiseConv2D, shape: Shape) -> LayerCost:
    height, width = _slide_kernel(layer, shape)
    k, outputs = layer.kernel_size, shape[2] * layer.depth_multiplier
    return LayerCost(
        shape=(height, width, outputs),
        parameters=(k * k + layer.use_bias) * outputs,
        arithmetic=f"({k}·{k} + 1)·{outputs}" if layer.use_bias else f"{k}·{k}·{outputs}",
        macs=k * k * outputs * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _separable(layer: kinds.SeparableConv2D, shape: Shape) -> LayerCost:
    height, width = _slide_kernel(layer, shape)
    k, channels, filters, bias = layer.kernel_size, shape[2], layer.filters, layer.use_bias
    each = f"({channels} + 1)" if bias else f"{channels}"
    return LayerCost(
        shape=(height, width, filters),
        parameters=k * k * channels + (channels + bias) * filters,
        arithmetic=f"{k}·{k}·{channels} + {each}·{filters}",
        macs=(k * k * channels + channels * filters) * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _residual(layer: kinds.ResidualBlock, shape: Shape) -> LayerCost:
    k, channels, filters, step = layer.kernel_size, shape[2], layer.filters, layer.strides
    height, width = (compute_window_count(n, k, step, "same") for n in shape[:2])
    shortcut = channels * filters if has_shortcut_kernel(layer, channels) else 0
    weights = k * k * channels * filters + k * k * filters * filters + shortcut
    extra = f" + {channels}·{filters}" if shortcut else ""
    return LayerCost(
        shape=(height, width, filters),
        parameters=weights + 8 * filters,
        non_trainable=4 * filters,
        arithmetic=f"{k}·{k}·{channels}·{filters} + {k}·{k}·{filters}·{filters}{extra} + 2·4·{filters}",
        macs=weights * height * width,
        windows=((k, step), (k, 1)),
    )


def has_shortcut_kernel(layer: kinds.ResidualBlock, channels: int) -> bool:
    """Whether the way around the block needs a 1×1 convolution: its input can't be added as it is."""
    return layer.strides > 1 or channels != layer.filters


def _pooling(layer: kinds.Pooling2D, shape: Shape) -> LayerCost:
    height, width = _slide(layer.name, shape, layer.pool_size, layer.step, layer.padding)
    return LayerCost(shape=(height, width, shape[2]), windows=((layer.pool_size, layer.step),))


def _global_pooling(layer: Layer, shape: Shape) -> LayerCost:
    return LayerCost(shape=(shape[2],), sees_all=True)


def _normalise(layer: Layer, shape: Shape) -> LayerCost:
    channels = shape[-1]
    return LayerCost(shape, 4 * channels, f"4·{channels}", non_trainable=2 * channels)


def _flatten(layer: Layer, shape: Shape) -> LayerCost:
    return LayerCost(shape=(prod(shape),), sees_all=False)


def _dense(layer: kinds.Dense, shape: Shape) -> LayerCost:
    inputs, units, bias = shape[0], layer.units, layer.use_bias
    return LayerCost(
        shape=(units,),
        parameters=(inputs + bias) * units,
        arithmetic=f"({inputs:,} + 1)·{units}" if bias else f"{inputs:,}·{units}",
        macs=inputs * units,
        sees_all=True,
    )


def _unchanged(layer: Layer, shape: Shape) -> LayerCost:
    return LayerCost(shape=shape)


_MEASURES: dict[str, Callable[[Any, Shape], LayerCost]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "ResidualBlock": _residual,
    "MaxPooling2D": _pooling,
    "AveragePooling2D": _pooling,
    "GlobalAveragePooling2D": _global_pooling,
    "BatchNormalization": _normalise,
    "Flatten": _flatten,
    "Dense": _dense,
    "Activation": _unchanged,
    "Dropout": _unchanged,
    "SpatialDropout2D": _unchanged,
    "RandomFlip": _unchanged,
    "RandomRotation": _unchanged,
    "RandomTranslation": _unchanged,
    "RandomZoom": _unchanged,
    "RandomShear": _unchanged,
    "RandomGaussianBlur": _unchanged,
    "RandomBrightness": _unchanged,
    "RandomContrast": _unchanged,
}


def _span(layer: kinds.Conv2D | kinds.DepthwiseConv2D | kinds.SeparableConv2D) -> int:
    """How many pixels a kernel reaches over, its gaps included."""
    return layer.dilation_rate * (layer.kernel_size - 1) + 1


def _slide_kernel(layer: kinds.Conv2D | kinds.DepthwiseConv2D | kinds.SeparableConv2D, shape: Shape) -> tuple[int, int]:
    if layer.strides > 1 and layer.dilation_rate > 1:
        raise LayerProblem(
            layer.name,
            "strides_and_dilation",
            "{name}: strides {strides} and dilation rate {rate} don't go together; set one of them to 1.",
            name=layer.name,
            strides=layer.strides,
            rate=layer.dilation_rate,
        )
    return _slide(layer.name, shape, _span(layer), layer.strides, layer.padding)


def _slide(name: str, shape: Shape, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    height, width = shape[:2]
    rows = compute_window_count(height, window, stride, padding)
    columns = compute_window_count(width, window, stride, padding)
    if min(rows, columns) < 1:
        raise LayerProblem(
            name,
            "window_too_large",
            "{name}: a {window}×{window} window does not fit its {height}×{width} input; use padding 'same', "
            "a window of at most {most}, or remove a pooling layer.",
            name=name,
            window=window,
            height=height,
            width=width,
            most=min(height, width),
        )
    return rows, columns
