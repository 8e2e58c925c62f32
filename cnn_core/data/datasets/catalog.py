"""Registry of datasets."""

from __future__ import annotations

from cnn_core.data.datasets.base import DATASETS, DatasetInfo, DatasetName, register_dataset
from cnn_core.data.datasets.digits import DIGITS
from cnn_core.data.datasets.keras_datasets import CIFAR10, FASHION_MNIST, MNIST

DEFAULT_DATASET = MNIST.name  # that of the published recipes
OFFLINE_DATASET = DIGITS.name  # takes its place where there is no network

__all__ = [
    "DATASETS",
    "DEFAULT_DATASET",
    "OFFLINE_DATASET",
    "DatasetInfo",
    "DatasetName",
    "choose_dataset",
    "register_dataset",
]

for _info in (MNIST, FASHION_MNIST, CIFAR10, DIGITS):
    register_dataset(_info)


def choose_dataset() -> str:
    """The default dataset if it is available, else the one that needs no download."""
    return DEFAULT_DATASET if DATASETS[DEFAULT_DATASET].is_available() else OFFLINE_DATASET
