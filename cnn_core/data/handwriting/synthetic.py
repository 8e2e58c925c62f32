"""Synthetic handwriting samples: pen strokes, and dataset digits as coarse scans.

MNIST's writers were Americans with one kind of pen: a 1 with a long upstroke, a 7 with a bar or a coarse scan is not
among their digits, and a network that has seen none takes them for something else.
"""

from __future__ import annotations

import numpy as np

from cnn_core.data.handwriting.redraw import blocks, scan, write_strokes
from cnn_core.data.handwriting.shapes import SHAPES
from cnn_core.data.ink import SIZE, centre_ink

_STROKES, _SCANNED = 0.6, 0.4  # shares: drawn from strokes (the others are from the images), and scanned of those
_SCANS = [blocks(8), scan(12), scan(16), scan(16, fills=True), scan(20), scan(32), scan(32, fills=True)]


def add_synthetic_samples(
    images: np.ndarray, labels: np.ndarray, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Puts `count` images before `images` uint8 (N, 28, 28[, 1]) and their digits before `labels` (N,).

    They take about 2 ms each, and are the same for the same images and seed.
    """
    rng = np.random.default_rng(seed)
    flat = images.reshape(-1, SIZE, SIZE)
    drawn = [
        _draw(place % 10, rng) if rng.random() < _STROKES else _rescan(flat, labels, rng) for place in range(count)
    ]
    pictures = np.array([picture for picture, _ in drawn], dtype=np.uint8).reshape(-1, *images.shape[1:])
    digits = np.array([digit for _, digit in drawn], dtype=labels.dtype)
    return np.concatenate([pictures, images]), np.concatenate([digits, labels])


def _draw(digit: int, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    shape = SHAPES[digit][rng.integers(len(SHAPES[digit]))]
    ink = write_strokes(shape, rng)
    if rng.random() < _SCANNED:
        ink = _scan(ink, rng)
    return _prepare(ink), digit


def _rescan(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    chosen = int(rng.integers(len(images)))
    return _prepare(_scan(images[chosen], rng)), int(labels[chosen])


def _scan(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    scanned = _SCANS[rng.integers(len(_SCANS))](ink, rng)
    return scanned if scanned.any() else ink  # the thinnest lines don't reach a coarse scanner's threshold


def _prepare(ink: np.ndarray) -> np.ndarray:
    """uint8 ink of any size → uint8 (28, 28) as MNIST's digits were prepared."""
    return np.rint(centre_ink(ink.astype(np.float32) / 255) * 255).astype(np.uint8)
