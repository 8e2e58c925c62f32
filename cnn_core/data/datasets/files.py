"""Dataset files: locating, reading and validating them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from cnn_core.data.datasets.base import Dataset, DatasetInfo
from cnn_core.data.datasets.npz import UNREADABLE_NPZ
from cnn_core.errors import DataError

DATA_DIR_VARIABLE = "CNN_LAB_DATA_DIR"


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
        with np.load(path, allow_pickle=False) as file:
            missing = [key for key in ("x_train", "y_train", "x_test", "y_test") if key not in file.files]
            if missing:
                raise _wrong_file(info, path, DataError("it lacks {missing}", missing=", ".join(missing)))
            x_train, y_train, x_test, y_test = (file[k] for k in ("x_train", "y_train", "x_test", "y_test"))
    except UNREADABLE_NPZ as error:
        raise _wrong_file(info, path, DataError("it can't be read as an .npz file")) from error
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
