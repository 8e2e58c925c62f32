"""Cost of one layer: output shape, parameters, multiplications, and window positions.

Formulas: a `valid` window of k moving by s over n pixels gives ⌊(n − k) / s⌋ + 1 outputs, a `same` one ⌈n / s⌉ (Keras's
documentation of Conv2D). MACs are multiplications, without biases and activations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnn_core.errors import LayerProblem

Shape = tuple[int, ...]  # (height, width, channels) or (units,), without the batch axis
Pair = tuple[int, int]  # (height, width)
Padding = Literal["valid", "same"]


@dataclass(frozen=True)
class LayerCost:
    """The cost of one layer for one image.

    shape: the output's. arithmetic: the formula of `parameters`, or "" for a layer without any.
    windows: (size, strides) of each window in the order in which they slide, each as (height, width).
    sees_all: each output value depends on the whole input.
    """

    shape: Shape
    parameters: int = 0
    arithmetic: str = ""
    macs: int = 0
    non_trainable: int = 0
    windows: tuple[tuple[Pair, Pair], ...] = ()
    sees_all: bool = False


def compute_window_count(size: int, window: int, stride: int, padding: Padding) -> int:
    """The number of positions of a window along an axis of `size` pixels; 0 or less where it does not fit."""
    return -(-size // stride) if padding == "same" else (size - window) // stride + 1


def slide(name: str, shape: Shape, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Height and width of the output of a square window. Raises `LayerProblem` where it does not fit."""
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
