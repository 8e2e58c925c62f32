"""The data set that needs no network: scikit-learn's 8×8 digits, put into 28×28 the way MNIST's were."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from cnn_core.data.ink import centre_ink

TRAIN_COUNT = 1_500


@lru_cache(maxsize=1)
def load_digits_28x28() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """x_train, y_train, x_test, y_test: uint8 (N, 28, 28, 1) and int64 (N,); the first 1,500 train, 297 test."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    ink = digits.images.astype(np.float32) / 16.0  # (1797, 8, 8), 0–1
    pictures = np.stack([centre_ink(image) for image in ink])  # (1797, 28, 28)
    x = np.rint(pictures * 255).astype(np.uint8)[..., np.newaxis]  # (1797, 28, 28, 1)
    y = digits.target.astype(np.int64)
    return x[:TRAIN_COUNT], y[:TRAIN_COUNT], x[TRAIN_COUNT:], y[TRAIN_COUNT:]
