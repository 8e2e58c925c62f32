"""The base class of datasets, and their registry.

A dataset is one class that declares what is known of it without loading it, and how it is loaded. One from outside this
package is added with `register_dataset`; it can then be chosen on every page, on the command line and in experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator

from cnn_core.errors import InvalidValue

_DIGITS = tuple("0123456789")

DownloadProgress = Callable[[int, int], None]  # bytes so far, bytes in total (estimated)
Pictures = tuple[np.ndarray, np.ndarray]  # images uint8 (N, H, W, C), labels int64 (N,)


@dataclass(frozen=True)
class Dataset:
    """Arrays of a dataset: `x_*` uint8 (N, H, W, C), 0–255; `y_*` int64 (N,) class indices."""

    info: DatasetInfo
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class DatasetInfo:
    """Description of a dataset; subclasses implement loading.

    image_shape: (height, width, channels). summary: a sentence for the choice of a dataset. train_count, test_count:
    numbers of images. download_mb: the size of its download, 0 for one that needs none. files: the names that its
    `.npz` file in Keras's layout may have. content_sha256: of the published images and labels
    (`cnn_core.data.datasets.files.digest_arrays`), by which an uploaded file is recognized.
    """

    name: str
    title: str
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    summary: str
    train_count: int
    test_count: int
    files: tuple[str, ...] = ()
    download_mb: int = 0
    content_sha256: str = ""

    @property
    def holds_digits(self) -> bool:
        """Whether its classes are the ten digits, so that drawings of digits fit."""
        return self.class_names == _DIGITS

    @property
    def needs_download(self) -> bool:
        return bool(self.download_mb)

    @property
    def source(self) -> str:
        """Where a dataset without a download comes from, for `doctor`."""
        return "built in"

    def is_available(self) -> bool:
        """Whether it loads without a download."""
        return True

    def load(self, on_progress: DownloadProgress | None = None) -> Dataset:
        """Loads the dataset, downloading it if needed. Raises `DataError`."""
        raise NotImplementedError(f"{type(self).__name__}.load")

    def read_test_set(self) -> Pictures | None:
        """The test set only, without a download; None if not available."""
        dataset = self.load()
        return dataset.x_test, dataset.y_test

    def find_file(self) -> Path | None:
        """Its `.npz` file on this computer, if it has one."""
        return None

    def write_imports(self) -> list[str]:
        """Lines of Python that an exported script needs to load it."""
        return []

    def loading_functions(self) -> tuple[Callable[..., Any], ...]:
        """Functions of this package that `write_loading` calls; their source becomes part of the script."""
        return ()

    def write_loading(self) -> str:
        """A line of Python that sets x_train, y_train, x_test and y_test."""
        raise NotImplementedError(f"{type(self).__name__}.write_loading")


# Datasets by name, in the order of a menu.
DATASETS: dict[str, DatasetInfo] = {}


def register_dataset(info: DatasetInfo) -> DatasetInfo:
    """Registers a dataset under its name; a later registration replaces an earlier one."""
    DATASETS[info.name] = info
    return info


def _check_name(name: str) -> str:
    if name not in DATASETS:
        raise InvalidValue(
            "There is no dataset called {name!r}. The datasets are: {known}.", name=name, known=", ".join(DATASETS)
        )
    return name


DatasetName = Annotated[str, AfterValidator(_check_name)]
