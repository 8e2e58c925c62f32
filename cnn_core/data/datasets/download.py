"""Downloading a dataset through Keras's own loaders, with progress, time limits and a clear sentence on failure."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import numpy as np

from cnn_core.data.datasets.base import DatasetInfo, DownloadProgress
from cnn_core.data.datasets.files import (
    DATA_DIR_VARIABLE,
    digest_arrays,
    find_dataset_file,
    keras_cache_dir,
    read_dataset_file,
)
from cnn_core.errors import DataError

STALLED_AFTER_S = 20.0


def download_dataset(info: DatasetInfo, on_progress: DownloadProgress | None = None) -> Path:
    """Downloads through `keras.datasets` and returns the .npz in Keras's cache. Raises `DataError`.

    Keras reports progress only to a terminal, so the growth of its cache folder is reported. Meant for a
    process of its own: a stalled connection is given up by this process's socket time limit.
    """
    folder = keras_cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            _stall_limit(),
            _watch(folder, info.download_mb * 1_000_000, on_progress),
            redirect_stdout(sys.stderr),
        ):
            import keras

            (x_train, y_train), (x_test, y_test) = getattr(keras.datasets, info.name).load_data()
        path = find_dataset_file(info)
        if path is None:  # Keras keeps this one in a format of its own; NumPy alone reads ours next time
            path = folder / info.files[0]
            part = path.with_suffix(".part.npz")
            np.savez_compressed(part, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
            part.replace(path)
    except Exception as error:  # Keras raises bare Exception for a failed fetch
        raise DataError(
            "{title} could not be downloaded ({reason}). Check the network and try again, or choose the data "
            "set 'digits', which needs none. You can also put {file} into a folder and set {variable} to it.",
            title=info.title,
            reason=_reason(error),
            file=info.files[0],
            variable=DATA_DIR_VARIABLE,
        ) from error
    return path


def _is_published(info: DatasetInfo, source: Path) -> bool:
    try:
        return bool(info.content_sha256) and digest_arrays(read_dataset_file(info, source)) == info.content_sha256
    except DataError:
        return False


def import_dataset_file(info: DatasetInfo, source: Path) -> Path:
    """Copies a file with the published images and labels to the dataset folder, for all visitors.

    Raises `DataError` for any other content; a dataset that is there already stays as it is.
    """
    found = find_dataset_file(info)
    if found is not None:
        return found
    if not _is_published(info, source):
        raise DataError(
            "{file} does not hold the published images and labels of {title}. To use it all the same, put it into a "
            "folder, set {variable} to that folder, and start the server again.",
            file=source.name,
            title=info.title,
            variable=DATA_DIR_VARIABLE,
        )
    target = keras_cache_dir() / info.files[0]
    part = target.with_suffix(f".{secrets.token_hex(4)}.part.npz")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise DataError(
            "The file is fine but could not be copied to {folder}: {reason}.",
            folder=target.parent,
            reason=error.strerror,
        ) from error
    return target


@contextmanager
def _stall_limit() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALLED_AFTER_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _watch(folder: Path, total: int, on_progress: DownloadProgress | None) -> Iterator[None]:
    """Reports the size of `folder` about twice a second."""
    before, finished = _folder_size(folder), threading.Event()

    def report() -> None:
        while on_progress and not finished.wait(0.5):
            on_progress(min(_folder_size(folder) - before, total), total)

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()


def _folder_size(folder: Path) -> int:
    size = 0
    for root, _, files in os.walk(folder):
        for file in files:
            try:
                size += (Path(root) / file).stat().st_size
            except OSError:  # renamed or removed meanwhile
                continue
    return size


def _reason(error: Exception) -> str:
    text = re.sub(r"^\[Errno -?\d+\] ", "", str(error).split(" -- ")[-1].strip()) or type(error).__name__
    return text if len(text) < 160 else text[:157] + "…"
