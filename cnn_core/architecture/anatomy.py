"""Shapes and parameters of a network, computed from its spec alone: pure Python, no TensorFlow.

Formulas are Keras's: a `valid` window of k moving by s over n pixels gives ⌊(n − k) / s⌋ + 1 outputs, a `same`
one ⌈n / s⌉ (https://keras.io/api/layers/convolution_layers/convolution2d/).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from cnn_core.architecture.spec import (
    Activate,
    ArchitectureSpec,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LayerSpec,
    Padding,
    _Pooling2D,
)
from cnn_core.errors import SpecError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerAnatomy:
    """One layer's row.

    `output_shape` is (height, width, channels) or (units,), without the batch axis and always channels last;
    `arithmetic` spells `parameters` out, and is empty for a layer that has none.
    """

    name: str
    kind: str
    output_shape: Shape
    parameters: int
    arithmetic: str


@dataclass(frozen=True)
class Anatomy:
    rows: tuple[LayerAnatomy, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def output_shape(self) -> Shape:
        return self.rows[-1].output_shape


def compute_anatomy(spec: ArchitectureSpec) -> Anatomy:
    """Shapes and parameter counts of every layer.

    Raises `SpecError` with the layer's name and a repair where a layer does not fit its input.
    """
    shape: Shape = spec.input_shape
    rows = []
    for layer in spec.layers:
        output, parameters, arithmetic = _measure(layer, shape)
        rows.append(LayerAnatomy(layer.name, layer.kind, output, parameters, arithmetic))
        shape = output
    return Anatomy(tuple(rows))


def compute_window_count(size: int, window: int, stride: int, padding: Padding) -> int:
    """How many places a window has along one axis of `size` pixels; 0 or less where it does not fit."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def format_shape(shape: Shape, data_format: str = "channels_last") -> str:
    """A shape as Keras prints it for that data format: (28, 28, 1), or (1, 28, 28) with channels first."""
    if data_format == "channels_first" and len(shape) == 3:
        shape = (shape[2], shape[0], shape[1])
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _measure(layer: LayerSpec, shape: Shape) -> tuple[Shape, int, str]:
    if isinstance(layer, Conv2D):
        height, width, channels = _as_picture(layer, shape)
        k, f = layer.kernel_size, layer.filters
        output = (*_slide(layer, height, width, k, layer.strides, layer.padding), f)
        parameters = (k * k * channels + 1) * f
        return output, parameters, f"({k}·{k}·{channels} + 1)·{f} = {parameters:,}"
    if isinstance(layer, _Pooling2D):
        height, width, channels = _as_picture(layer, shape)
        return (*_slide(layer, height, width, layer.pool_size, layer.step, layer.padding), channels), 0, ""
    if isinstance(layer, Flatten):
        return (prod(shape),), 0, ""
    if isinstance(layer, Dense):
        if len(shape) != 1:
            raise SpecError(f"{layer.name}: a Dense layer needs one row of numbers; put a Flatten layer before it.")
        parameters = (shape[0] + 1) * layer.units
        return (layer.units,), parameters, f"({shape[0]:,} + 1)·{layer.units} = {parameters:,}"
    assert isinstance(layer, (Activate, Dropout))
    return shape, 0, ""


def _as_picture(layer: LayerSpec, shape: Shape) -> Shape:
    if len(shape) == 3:
        return shape
    raise SpecError(
        f"{layer.name}: {layer.kind} works on pictures, but its input is a flat row of {shape[0]:,} numbers; "
        "move it before the Flatten layer."
    )


def _slide(layer: LayerSpec, height: int, width: int, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    rows = compute_window_count(height, window, stride, padding)
    columns = compute_window_count(width, window, stride, padding)
    if min(rows, columns) < 1:
        raise SpecError(
            f"{layer.name}: a {window}×{window} window does not fit its {height}×{width} input; use padding 'same', "
            f"a window of at most {min(height, width)}, or remove a pooling layer."
        )
    return rows, columns
