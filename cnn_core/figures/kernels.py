"""Kernels made by hand, for any odd or even size: what they do to an image is plain to see."""

from __future__ import annotations

import numpy as np


def build_kernels(size: int) -> dict[str, np.ndarray]:
    """Name → float32 (size, size): identity, blur, sharpen, and edges of both directions."""
    middle = (size - 1) // 2
    identity = np.zeros((size, size), np.float32)
    identity[middle, middle] = 1.0
    blur = np.full((size, size), 1.0 / size**2, np.float32)
    ramp = np.arange(size, dtype=np.float32) - (size - 1) / 2  # negative to positive across the window
    edge = np.tile(ramp / max(1.0, float(np.abs(ramp).sum())), (size, 1)).astype(np.float32)
    return {
        "identity": identity,
        "blur": blur,
        "sharpen": (2 * identity - blur).astype(np.float32),
        "vertical_edges": edge,
        "horizontal_edges": np.ascontiguousarray(edge.T),
    }
