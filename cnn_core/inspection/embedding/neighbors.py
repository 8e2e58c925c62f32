"""Nearest neighbors in a layer's output."""

from __future__ import annotations

import numpy as np


def find_nearest(values: np.ndarray, point: np.ndarray, count: int) -> np.ndarray:
    """Indices int64 of the `count` rows of `values` (N, D) closest to `point` (D,), the closest first.

    Distances are Euclidean, in all D numbers: nearness on a map of two is only a shadow of it.
    """
    distances = np.linalg.norm(values - point, axis=1)
    return np.argsort(distances, kind="stable")[:count]
