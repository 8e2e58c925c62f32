"""Data sets as arrays: looked for in CNN_LAB_DATA_DIR, then in Keras's cache, and downloaded last."""

from __future__ import annotations

from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.datasets.digits import load_digits_28x28
from cnn_core.data.datasets.files import Dataset, Progress, find_dataset_file, read_dataset_file


def load_dataset(name: DatasetName, on_progress: Progress | None = None) -> Dataset:
    """Loads a dataset, downloading it through Keras if it is not on this computer.

    Raises `DataError` if it can't be downloaded, or if its file is damaged.

    Example:
        >>> load_dataset("digits").x_test.dtype
        dtype('uint8')
    """
    if not DATASETS[name].needs_download:
        return Dataset(DATASETS[name], *load_digits_28x28())
    path = find_dataset_file(name)
    if path is None:
        from cnn_core.data.datasets.download import download_dataset

        path = download_dataset(name, on_progress)
    return read_dataset_file(name, path)
