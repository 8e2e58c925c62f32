"""A small convolutional network that says which digit a piece of ink is, or that it is not one whole digit.

It chooses between readings of an image: which components belong together, where touching digits are separated, which
way round brightness is. It is the same for every model, so that all pages and commands find the same digits, and runs
in NumPy, without TensorFlow. `cnn_core.evaluation.segment_training` trains it.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np

NOT_A_DIGIT = 10  # the class of fragments, touching digits, and other marks
_WEIGHTS = "segment_classifier.npz"
_BATCH = 64
_LEAST = 1e-6


def classify_segments(images: np.ndarray) -> np.ndarray:
    """Log probabilities float32 (N, 11) of centered ink float32 (N, 28, 28), 0–1: ten digits and `NOT_A_DIGIT`.

    Example:
        >>> classify_segments(np.zeros((2, 28, 28), np.float32)).shape
        (2, 11)
    """
    if len(images) == 0:
        return np.zeros((0, NOT_A_DIGIT + 1), np.float32)
    return np.concatenate([_forward(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)])


def _forward(images: np.ndarray) -> np.ndarray:
    weights = _load_weights()
    x = images[..., np.newaxis].astype(np.float32)
    for kernel, bias in (weights[:2], weights[2:4]):
        x = _max_pool(np.maximum(_convolve(x, kernel) + bias, 0))
    x = np.maximum(x.reshape(len(x), -1) @ weights[4] + weights[5], 0)
    logits = x @ weights[6] + weights[7]
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.log(np.maximum(powers / powers.sum(axis=1, keepdims=True), _LEAST)).astype(np.float32)


def _convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """3×3 convolution without padding: (N, H, W, C) and (3, 3, C, F) → (N, H - 2, W - 2, F)."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))  # (N, H - 2, W - 2, C, 3, 3)
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 9 * x.shape[3])
    return (columns @ kernel.reshape(-1, kernel.shape[3])).reshape(*windows.shape[:3], kernel.shape[3])


def _max_pool(x: np.ndarray) -> np.ndarray:
    count, height, width, channels = x.shape
    even = x[:, : height // 2 * 2, : width // 2 * 2]
    pooled: np.ndarray = even.reshape(count, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))
    return pooled


@lru_cache(maxsize=1)
def _load_weights() -> list[np.ndarray]:
    with np.load(str(files(__package__).joinpath(_WEIGHTS))) as stored:
        return [stored[f"arr_{place}"].astype(np.float32) for place in range(8)]
