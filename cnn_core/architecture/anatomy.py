"""What a network costs and sees, computed from its spec alone: pure Python, no TensorFlow.

Formulas: a `valid` window of k moving by s over n pixels gives ⌊(n − k) / s⌋ + 1 outputs, a `same` one ⌈n / s⌉ (Keras's
documentation of Conv2D). MACs are multiplications, biases and activations left out. Receptive field and stride follow
r ← r + (k − 1)·j, j ← j·s (Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from cnn_core.architecture import layers as kinds
from cnn_core.architecture.layers import Layer, Padding
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import LayerProblem

Shape = tuple[int, ...]
BYTES_PER_VALUE = 4  # float32
PARAMETERS_AT_MOST = 50_000_000  # 200 MB of weights, 600 MB while Adam trains them


@dataclass(frozen=True)
class LayerAnatomy:
    """One layer's row.

    `output_shape` is (height, width, channels) or (units,), without the batch axis and always channels last.
    `arithmetic` spells `parameters` out, and is empty for a layer that has none. `macs` are per image.
    `receptive_field` is the side of the square of input pixels that one output value can see (more than the input has
    where edges cut it off), `stride` how many input pixels lie between neighbours; both None where all pixels are seen.
    """

    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    non_trainable: int
    arithmetic: str
    macs: int
    receptive_field: int | None
    stride: int | None

    @property
    def activation_bytes(self) -> int:
        """Memory of this layer's output for one image."""
        return prod(self.output_shape) * BYTES_PER_VALUE


@dataclass(frozen=True)
class Anatomy:
    rows: tuple[LayerAnatomy, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiplications for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory of all layers' outputs for one image, as training keeps them."""
        return sum(row.activation_bytes for row in self.rows)

    @property
    def output_shape(self) -> Shape:
        return self.rows[-1].output_shape


@dataclass(frozen=True)
class _Cost:
    """What one layer makes of its input; a block slides several windows in turn."""

    shape: Shape
    parameters: int = 0
    arithmetic: str = ""
    macs: int = 0
    non_trainable: int = 0
    windows: tuple[tuple[int, int], ...] = ()  # (window, step) of each sliding in turn
    sees_all: bool = False


def compute_anatomy(spec: ArchitectureSpec) -> Anatomy:
    """Shapes, parameters, MACs and receptive fields of every layer.

    Raises `LayerProblem` (a `SpecError`) with the first layer that does not fit, and a repair in the sentence.
    """
    anatomy, problem = compute_partial_anatomy(spec)
    if problem is not None:
        raise problem
    return anatomy


def compute_partial_anatomy(spec: ArchitectureSpec) -> tuple[Anatomy, LayerProblem | None]:
    """The rows up to the first layer that does not fit, and what is wrong with that one; None where all fit."""
    shape: Shape = spec.input_shape
    field, stride, sees_all = 1, 1, False
    rows: list[LayerAnatomy] = []
    for index, layer in enumerate(spec.layers):
        try:
            _check_place(spec, index, shape)
            cost = _MEASURES[layer.kind](layer, shape)
            _check_size(layer, cost)
        except LayerProblem as problem:
            return Anatomy(tuple(rows)), problem
        for window, step in cost.windows:
            field += (window - 1) * stride
            stride *= step
        sees_all = sees_all or cost.sees_all
        rows.append(
            LayerAnatomy(
                name=layer.name,
                kind=layer.kind,
                input_shape=shape,
                output_shape=cost.shape,
                parameters=cost.parameters,
                non_trainable=cost.non_trainable,
                arithmetic=f"{cost.arithmetic} = {cost.parameters:,}" if cost.parameters else "",
                macs=cost.macs,
                receptive_field=None if sees_all else field,
                stride=None if sees_all else stride,
            )
        )
        shape = cost.shape
    return Anatomy(tuple(rows)), None


def compute_window_count(size: int, window: int, stride: int, padding: Padding) -> int:
    """How many places a window has along one axis of `size` pixels; 0 or less where it does not fit."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def format_shape(shape: Shape, data_format: str = "channels_last") -> str:
    """A shape as Keras prints it for that data format: (28, 28, 1), or (1, 28, 28) with channels first."""
    if data_format == "channels_first" and len(shape) == 3:
        shape = (shape[2], shape[0], shape[1])
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _check_place(spec: ArchitectureSpec, index: int, shape: Shape) -> None:
    layer = spec.layers[index]
    if isinstance(layer, kinds.PICTURE_ONLY) and len(shape) != 3:
        raise LayerProblem(
            layer.name,
            "needs_picture",
            f"{layer.name}: {layer.kind} works on pictures, but its input is a flat row of {shape[0]:,} numbers; "
            "move it before the Flatten layer, or remove it.",
        )
    if isinstance(layer, kinds.Dense) and len(shape) != 1:
        raise LayerProblem(
            layer.name,
            "needs_flatten",
            f"{layer.name}: a Dense layer needs one row of numbers, but its input is {format_shape(shape)}; "
            "put a Flatten layer before it.",
        )
    before = spec.layers[:index]
    if isinstance(layer, kinds.AUGMENTATION) and not all(isinstance(x, kinds.AUGMENTATION) for x in before):
        raise LayerProblem(
            layer.name,
            "augmentation_late",
            f"{layer.name}: {layer.kind} changes the pictures while training, so it stands before all other layers.",
        )


def _conv(layer: kinds.Conv2D, shape: Shape) -> _Cost:
    height, width = _slide_kernel(layer, shape)
    k, channels, filters, bias = layer.kernel_size, shape[2], layer.filters, layer.use_bias
    return _Cost(
        shape=(height, width, filters),
        parameters=(k * k * channels + bias) * filters,
        arithmetic=f"({k}·{k}·{channels} + 1)·{filters}" if bias else f"{k}·{k}·{channels}·{filters}",
        macs=k * k * channels * filters * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _depthwise(layer: kinds.DepthwiseConv2D, shape: Shape) -> _Cost:
    height, width = _slide_kernel(layer, shape)
    k, outputs = layer.kernel_size, shape[2] * layer.depth_multiplier
    return _Cost(
        shape=(height, width, outputs),
        parameters=(k * k + layer.use_bias) * outputs,
        arithmetic=f"({k}·{k} + 1)·{outputs}" if layer.use_bias else f"{k}·{k}·{outputs}",
        macs=k * k * outputs * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _separable(layer: kinds.SeparableConv2D, shape: Shape) -> _Cost:
    height, width = _slide_kernel(layer, shape)
    k, channels, filters, bias = layer.kernel_size, shape[2], layer.filters, layer.use_bias
    each = f"({channels} + 1)" if bias else f"{channels}"
    return _Cost(
        shape=(height, width, filters),
        parameters=k * k * channels + (channels + bias) * filters,
        arithmetic=f"{k}·{k}·{channels} + {each}·{filters}",
        macs=(k * k * channels + channels * filters) * height * width,
        windows=((_span(layer), layer.strides),),
    )


def _residual(layer: kinds.ResidualBlock, shape: Shape) -> _Cost:
    k, channels, filters, step = layer.kernel_size, shape[2], layer.filters, layer.strides
    height, width = (compute_window_count(n, k, step, "same") for n in shape[:2])
    shortcut = channels * filters if has_shortcut_kernel(layer, channels) else 0
    weights = k * k * channels * filters + k * k * filters * filters + shortcut
    extra = f" + {channels}·{filters}" if shortcut else ""
    return _Cost(
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


def _pooling(layer: kinds.Pooling2D, shape: Shape) -> _Cost:
    height, width = _slide(layer.name, shape, layer.pool_size, layer.step, layer.padding)
    return _Cost(shape=(height, width, shape[2]), windows=((layer.pool_size, layer.step),))


def _global_pooling(layer: Layer, shape: Shape) -> _Cost:
    return _Cost(shape=(shape[2],), sees_all=True)


def _normalise(layer: Layer, shape: Shape) -> _Cost:
    channels = shape[-1]
    return _Cost(shape, 4 * channels, f"4·{channels}", non_trainable=2 * channels)


def _flatten(layer: Layer, shape: Shape) -> _Cost:
    return _Cost(shape=(prod(shape),), sees_all=False)


def _dense(layer: kinds.Dense, shape: Shape) -> _Cost:
    inputs, units, bias = shape[0], layer.units, layer.use_bias
    return _Cost(
        shape=(units,),
        parameters=(inputs + bias) * units,
        arithmetic=f"({inputs:,} + 1)·{units}" if bias else f"{inputs:,}·{units}",
        macs=inputs * units,
        sees_all=True,
    )


def _unchanged(layer: Layer, shape: Shape) -> _Cost:
    return _Cost(shape=shape)


_MEASURES: dict[str, Callable[[Any, Shape], _Cost]] = {
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
}


def _span(layer: kinds.Conv2D | kinds.DepthwiseConv2D | kinds.SeparableConv2D) -> int:
    """How many pixels a kernel reaches over, its gaps included."""
    return layer.dilation_rate * (layer.kernel_size - 1) + 1


def _slide_kernel(layer: kinds.Conv2D | kinds.DepthwiseConv2D | kinds.SeparableConv2D, shape: Shape) -> tuple[int, int]:
    if layer.strides > 1 and layer.dilation_rate > 1:
        raise LayerProblem(
            layer.name,
            "strides_and_dilation",
            f"{layer.name}: strides {layer.strides} and dilation rate {layer.dilation_rate} don't go together; "
            "set one of them to 1.",
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
            f"{name}: a {window}×{window} window does not fit its {height}×{width} input; use padding 'same', "
            f"a window of at most {min(height, width)}, or remove a pooling layer.",
        )
    return rows, columns


def _check_size(layer: Layer, cost: _Cost) -> None:
    if cost.parameters > PARAMETERS_AT_MOST:
        raise LayerProblem(
            layer.name,
            "too_large",
            f"{layer.name}: {cost.arithmetic} = {cost.parameters:,} parameters are more than the "
            f"{PARAMETERS_AT_MOST // 10**6} million that a run here can hold; pool before it, or give it fewer units.",
        )
