"""The input cells that one output cell of a convolution or a pooling layer reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.architecture.receptive_field import compute_same_padding
from cnn_core.inspection.model.graph import OpenLayer


@dataclass(frozen=True)
class Sliding:
    """A window's size, steps and gaps, each (height, width), and `padding`: valid or same."""

    size: tuple[int, int]
    strides: tuple[int, int]
    dilation: tuple[int, int]
    padding: str

    def indices(self, axis: int, input_size: int, place: int) -> np.ndarray:
        """(k,) input indices along `axis` (0 rows, 1 columns) of the window at `place`, those outside too."""
        window, stride, gap = self.size[axis], self.strides[axis], self.dilation[axis]
        before = 0
        if self.padding == "same":
            span = gap * (window - 1) + 1
            before = compute_same_padding(input_size, span, stride)
        return place * stride - before + gap * np.arange(window)


def sliding_of(layer: OpenLayer) -> Sliding | None:
    """The window of a convolution or pooling layer; None for a layer without one."""
    config, window = layer.config, layer.traits.window
    if not window:
        return None
    dilation = config.get("dilation_rate", 1)
    return Sliding(_pair(config[window]), _pair(config["strides"]), _pair(dilation), config["padding"])


def cut_window(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, C) → the window's values (k, k, C), 0 outside the map, and (k, k) bool: which lie inside."""
    height, width = values.shape[:2]
    inside = ((rows >= 0) & (rows < height))[:, np.newaxis] & ((columns >= 0) & (columns < width))
    cut = values[np.clip(rows, 0, height - 1)[:, np.newaxis], np.clip(columns, 0, width - 1)]
    return np.where(inside[..., np.newaxis], cut, np.zeros((), values.dtype)), inside


def _pair(value: int | tuple[int, int] | list[int]) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
