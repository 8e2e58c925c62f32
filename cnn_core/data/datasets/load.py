"""Datasets as arrays."""

from __future__ import annotations

from cnn_core.data.datasets.base import Dataset, DownloadProgress
from cnn_core.data.datasets.catalog import DATASETS, DatasetName


def load_dataset(name: DatasetName, on_progress: DownloadProgress | None = None) -> Dataset:
    """Loads a dataset, downloading it through Keras if it is not on this computer.

    Raises `DataError` if it can't be downloaded, or if its file is damaged.

    Example:
        >>> load_dataset("digits").x_test.dtype
        dtype('uint8')
    """
    return DATASETS[name].load(on_progress)


def is_available(name: DatasetName) -> bool:
    """Whether a dataset loads without a download."""
    return DATASETS[name].is_available()
