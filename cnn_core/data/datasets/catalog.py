"""What is known of each data set without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

DatasetName = Literal["mnist", "fashion_mnist", "cifar10", "digits"]

_DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class DatasetInfo:
    """`image_shape` is (height, width, channels); `files` are the .npz names looked for, `download_mb` its size."""

    name: DatasetName
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    summary: str
    train_count: int
    files: tuple[str, ...] = ()
    download_mb: int = 0

    @property
    def holds_digits(self) -> bool:
        return self.class_names == _DIGITS

    @property
    def needs_download(self) -> bool:
        return bool(self.download_mb)


DATASETS: dict[DatasetName, DatasetInfo] = {
    info.name: info
    for info in (
        DatasetInfo(
            "mnist",
            "MNIST",
            (28, 28, 1),
            _DIGITS,
            "60,000 + 10,000 handwritten digits, 28×28, grey.",
            60_000,
            ("mnist.npz",),
            11,
        ),
        DatasetInfo(
            "fashion_mnist",
            "Fashion-MNIST",
            (28, 28, 1),
            (
                "T-shirt/top",
                "Trouser",
                "Pullover",
                "Dress",
                "Coat",
                "Sandal",
                "Shirt",
                "Sneaker",
                "Bag",
                "Ankle boot",
            ),
            "60,000 + 10,000 pictures of clothing, 28×28, grey.",
            60_000,
            ("fashion_mnist.npz",),
            30,
        ),
        DatasetInfo(
            "cifar10",
            "CIFAR-10",
            (32, 32, 3),
            ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            "50,000 + 10,000 colour photographs, 32×32.",
            50_000,
            ("cifar10.npz", "cifar10_subset.npz"),
            163,
        ),
        DatasetInfo(
            "digits",
            "digits (offline)",
            (28, 28, 1),
            _DIGITS,
            "1,500 + 297 handwritten digits that come with scikit-learn, 8×8 scaled to 28×28. Needs no network.",
            1_500,
        ),
    )
}

assert set(DATASETS) == set(get_args(DatasetName))
