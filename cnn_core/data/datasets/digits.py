"""Offline dataset: scikit-learn's 8×8 digits converted to 28×28 in MNIST's format."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from cnn_core.data.datasets.base import Dataset, DatasetInfo, DownloadProgress
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


class OfflineDigits(DatasetInfo):
    """scikit-learn's digits."""

    @property
    def source(self) -> str:
        return "comes with scikit-learn"

    def load(self, on_progress: DownloadProgress | None = None) -> Dataset:
        return Dataset(self, *load_digits_28x28())

    def loading_functions(self) -> tuple[Callable[..., Any], ...]:
        return (load_digits_28x28,)

    def write_loading(self) -> str:
        return "x_train, y_train, x_test, y_test = load_digits_28x28()  # scikit-learn's digits, centred as MNIST's are"


DIGITS = OfflineDigits(
    "digits",
    "digits (offline)",
    (28, 28, 1),
    tuple("0123456789"),
    "1,500 + 297 handwritten digits that come with scikit-learn, 8×8 scaled to 28×28. Needs no network.",
    TRAIN_COUNT,
    297,
)
