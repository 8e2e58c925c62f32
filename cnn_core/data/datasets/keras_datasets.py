"""Datasets that Keras downloads, kept as `.npz` files in its layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnn_core.data.datasets.base import Dataset, DatasetInfo, DownloadProgress, Pictures
from cnn_core.data.datasets.files import find_dataset_file, read_dataset_file
from cnn_core.data.datasets.npz import UnreadableNpz, read_npz


class KerasDataset(DatasetInfo):
    """A dataset of `keras.datasets`, whose module there has the same name."""

    def find_file(self) -> Path | None:
        return find_dataset_file(self)

    def is_available(self) -> bool:
        return self.find_file() is not None

    def load(self, on_progress: DownloadProgress | None = None) -> Dataset:
        path = self.find_file()
        if path is None:
            from cnn_core.data.datasets.download import download_dataset

            path = download_dataset(self, on_progress)
        return read_dataset_file(self, path)

    def read_test_set(self) -> Pictures | None:
        path = self.find_file()
        if path is None:
            return None
        try:
            arrays = read_npz(path, ("x_test", "y_test"))
            images, labels = arrays["x_test"], arrays["y_test"].reshape(-1)
        except (UnreadableNpz, KeyError):
            return None
        if images.dtype != np.uint8 or not images.size or images[0].size != np.prod(self.image_shape):
            return None
        return images.reshape(-1, *self.image_shape), labels.astype(np.int64)

    def write_loading(self) -> str:
        return f"(x_train, y_train), (x_test, y_test) = keras.datasets.{self.name}.load_data()"


MNIST = KerasDataset(
    "mnist",
    "MNIST",
    (28, 28, 1),
    tuple("0123456789"),
    "60,000 + 10,000 handwritten digits, 28×28, grey.",
    60_000,
    10_000,
    ("mnist.npz",),
    11,
    "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16",
)
FASHION_MNIST = KerasDataset(
    "fashion_mnist",
    "Fashion-MNIST",
    (28, 28, 1),
    ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    "60,000 + 10,000 pictures of clothing, 28×28, grey.",
    60_000,
    10_000,
    ("fashion_mnist.npz",),
    30,
    "ca3ab2a37f845e1b8ae23cab1b51749a3011ba3bf1d9016176d75cbaabac376f",
)
CIFAR10 = KerasDataset(
    "cifar10",
    "CIFAR-10",
    (32, 32, 3),
    ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "50,000 + 10,000 colour photographs, 32×32.",
    50_000,
    10_000,
    ("cifar10.npz", "cifar10_subset.npz"),
    163,
)
