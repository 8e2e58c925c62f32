"""Dataset files: locating, reading and validating them."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path

import numpy as np

from cnn_core.data.datasets.base import Dataset, DatasetInfo
from cnn_core.data.datasets.npz import UnreadableNpz, read_npz
from cnn_core.errors import DataError

DATA_DIR_VARIABLE = "CNN_LAB_DATA_DIR"
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_BYTES_PER_LABEL = 8


def keras_cache_dir() -> Path:
    """Keras's dataset cache; computed without importing Keras."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "datasets"


def find_dataset_file(info: DatasetInfo) -> Path | None:
    """The .npz file that `load_dataset` would read, or None."""
    given = os.environ.get(DATA_DIR_VARIABLE)
    folders = ([Path(given)] if given else []) + [keras_cache_dir()]
    candidates = (folder / file for folder in folders for file in info.files)
    return next((path for path in candidates if path.is_file()), None)


def read_dataset_file(info: DatasetInfo, path: Path) -> Dataset:
    """Reads an .npz file in Keras's layout. Raises `DataError` with the reason."""
    try:
        arrays = read_npz(path, ARRAYS, _most_bytes(info))
    except UnreadableNpz as error:
        raise _wrong_file(info, path, DataError("it can't be read as an .npz file")) from error
    missing = [name for name in ARRAYS if name not in arrays]
    if missing:
        raise _wrong_file(info, path, DataError("it lacks {missing}", missing=", ".join(missing)))
    x_train, y_train, x_test, y_test = (arrays[name] for name in ARRAYS)
    for x, y in ((x_train, y_train), (x_test, y_test)):
        _check(info, path, x, y)
    height, width, channels = info.image_shape
    return Dataset(
        info,
        x_train.reshape(-1, height, width, channels),
        y_train.reshape(-1).astype(np.int64),
        x_test.reshape(-1, height, width, channels),
        y_test.reshape(-1).astype(np.int64),
    )


def digest_arrays(dataset: Dataset) -> str:
    """SHA-256 of images and labels: the same however a file stores them."""
    digest = hashlib.sha256()
    for images, labels in ((dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test)):
        digest.update(images.tobytes())
        digest.update(labels.astype(np.uint8).tobytes())
    return digest.hexdigest()


def _most_bytes(info: DatasetInfo) -> int:
    """Of a file in Keras's layout that may hold twice as many images as the published one."""
    per_image = math.prod(info.image_shape) + _BYTES_PER_LABEL
    return 2 * (info.train_count + info.test_count) * per_image + 2**20


def _check(info: DatasetInfo, path: Path, x: np.ndarray, y: np.ndarray) -> None:
    height, width, channels = info.image_shape
    allowed = [(height, width, channels)] + ([(height, width)] if channels == 1 else [])
    if x.dtype != np.uint8 or x.shape[1:] not in allowed or len(x) == 0:
        raise _wrong_file(
            info,
            path,
            DataError(
                "its pictures are {found}, not {wanted}",
                found=f"{x.dtype} {x.shape}",
                wanted=f"uint8 (N, {height}, {width}, {channels})",
            ),
        )
    if y.size != len(x) or not np.issubdtype(y.dtype, np.integer):
        raise _wrong_file(
            info,
            path,
            DataError(
                "it has {labels} labels of type {type} for {pictures} pictures",
                labels=y.size,
                type=y.dtype,
                pictures=len(x),
            ),
        )
    if y.min() < 0 or y.max() >= len(info.class_names):
        raise _wrong_file(
            info, path, DataError("its labels are not all within 0–{last}", last=len(info.class_names) - 1)
        )


def _wrong_file(info: DatasetInfo, path: Path, why: DataError) -> DataError:
    return DataError(
        "{file} is not {title}: {why}. Replace or remove {path}, or choose the data set 'digits'.",
        file=path.name,
        title=info.title,
        why=why,
        path=path,
    )
