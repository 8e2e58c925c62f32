"""How a layer's output lies over its input, for what follows the pointer in the browser."""

from __future__ import annotations

from typing import Any

from cnn_core.inspection.microscope.windows import sliding_of
from cnn_core.inspection.model.graph import OpenLayer, Shapes


def describe_way(layer: OpenLayer, shapes: Shapes) -> dict[str, Any]:
    """`op` and what it needs, in the words of overview_trace.js. Shapes are (H, W, C), a row of units (1, 1, units)."""
    way: dict[str, Any] = {"sources": list(layer.sources), "op": "same"}
    sliding = sliding_of(layer)
    if sliding is not None:
        source = shapes[layer.sources[0]]
        window = {
            "op": "window",
            "k": sliding.size[0],
            "s": sliding.strides[0],
            "d": sliding.dilation[0],
            "before": [-int(sliding.indices(axis, source[axis], 0)[0]) for axis in (0, 1)],
            "mixes": layer.traits.mixes_channels,
            "multiplier": shapes[layer.name][2] // source[2]
            if layer.traits.depthwise and not layer.traits.pointwise
            else 1,
        }
        return way | window
    arithmetic = layer.traits.arithmetic
    if arithmetic == "flatten":
        return way | {"op": "flatten"}
    if arithmetic == "pooled_map":
        return way | {"op": "mean"}
    if arithmetic in ("dense", "unknown") or layer.activation == "softmax":
        return way | {"op": "all"}
    return way
