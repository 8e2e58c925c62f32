"""Activations of many inputs, and PCA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.inspection.attribution.scores import compute_outputs
from cnn_core.inspection.model.probe import Probe
from cnn_core.inspection.model.walk import Progress

MAX_FEATURES = 1024  # numbers of one input's maps: 1,000 inputs then take a fraction of a second
_BATCH = 250


@dataclass(frozen=True)
class Pca:
    """`points` float32 (N, k) are the inputs along the first k axes; `shares` float64 (k,) of the variance explained.

    `mean` (D,) and `axes` (k, D) place other inputs on the same map.
    """

    points: np.ndarray
    shares: np.ndarray
    mean: np.ndarray
    axes: np.ndarray

    def place(self, values: np.ndarray) -> np.ndarray:
        """float32 (M, D) → float32 (M, k) on this map."""
        return np.asarray((values - self.mean) @ self.axes.T, np.float32)


def collect_activations(
    probe: Probe, layer: str, inputs: np.ndarray, on_progress: Progress | None = None
) -> np.ndarray:
    """A layer's output for each prepared input (N, …), float32 (N, D).

    Maps are flattened, so that it counts where something was found; where they have more than `MAX_FEATURES` numbers
    they become means over blocks first, as small as will do. Units stay as they are. Raises `ModelError` where there is
    no such layer.
    """
    if layer not in {known.name for known in probe.model.layers}:
        raise ModelError("This network has no layer {layer!r}. Choose one of its layers.", layer=layer)
    rows = []
    for start in range(0, len(inputs), _BATCH):
        (values,) = compute_outputs(probe, (layer,), inputs[start : start + _BATCH])
        if values.ndim == 4:
            values = flatten_maps(values)
        rows.append(values.reshape(len(values), -1))
        if on_progress:
            on_progress(min(1.0, (start + _BATCH) / len(inputs)))
    return np.concatenate(rows).astype(np.float32)


def flatten_maps(maps: np.ndarray) -> np.ndarray:
    """Maps (N, H, W, C) → (N, D): means over blocks of b×b, b the smallest that brings D to `MAX_FEATURES` or below.

    Blocks at the right and at the bottom may be smaller. With more than `MAX_FEATURES` channels b is the whole map.
    """
    count, height, width, channels = maps.shape
    block = 1
    while block < max(height, width) and -(-height // block) * -(-width // block) * channels > MAX_FEATURES:
        block += 1
    rows, columns = range(0, height, block), range(0, width, block)
    sums = np.add.reduceat(np.add.reduceat(maps, rows, axis=1), columns, axis=2)
    heights, widths = (np.diff([*starts, end]) for starts, end in ((rows, height), (columns, width)))
    return (sums / np.outer(heights, widths)[np.newaxis, :, :, np.newaxis]).reshape(count, -1)


def compute_pca(values: np.ndarray, axes: int = 2) -> Pca:
    """Principal component analysis of the rows of `values` (N, D) (Pearson 1901).

    Each axis points to where its largest component is positive, so that a map is not mirrored by chance; where there
    are fewer than `axes`, the rest are zeros. Raises `ModelError` for values that are no numbers.
    """
    if not np.isfinite(values).all():
        raise ModelError("The layer's outputs are not numbers: the training diverged. Choose an earlier moment.")
    mean = values.mean(axis=0, dtype=np.float64)
    variances, directions = _decompose(values - mean)
    found = min(axes, int(np.sum(variances > 1e-12 * variances.sum())))
    chosen, shares = np.zeros((axes, values.shape[1])), np.zeros(axes)
    chosen[:found] = directions(found)
    shares[:found] = variances[:found] / variances.sum() if found else 0
    largest = np.take_along_axis(chosen, np.abs(chosen).argmax(axis=1)[:, np.newaxis], axis=1)
    chosen *= np.where(largest < 0, -1, 1)
    return Pca(np.asarray((values - mean) @ chosen.T, np.float32), shares, mean, chosen)


def _decompose(rows: np.ndarray) -> tuple[np.ndarray, Callable[[int], np.ndarray]]:
    """Centerd rows (N, D) → squared singular values, the largest first, and the first k right singular vectors (k, D).

    From the eigenvectors of the smaller of the two products of `rows` with itself: for a thousand rows several times as
    fast as a whole singular value decomposition, and exact enough in double precision.
    """
    is_wide = rows.shape[0] < rows.shape[1]
    values, vectors = np.linalg.eigh(rows @ rows.T if is_wide else rows.T @ rows)
    values, vectors = np.maximum(values[::-1], 0), vectors[:, ::-1]

    def directions(count: int) -> np.ndarray:
        if not is_wide:
            return vectors[:, :count].T
        return (rows.T @ vectors[:, :count] / np.sqrt(values[:count])).T

    return values, directions
