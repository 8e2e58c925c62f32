"""A run's trained model: the only place where `.keras` files are opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnn_core.data.datasets.npz import UNREADABLE_ZIP, open_zip
from cnn_core.errors import ModelError
from cnn_core.runs.folder import RunFolder

if TYPE_CHECKING:
    import keras


def missing_model(run_id: str) -> ModelError:
    """The error for a run without a trained model."""
    return ModelError("Run {run} has no trained model. Train it, or choose another run.", run=run_id)


def read_keras_file(folder: RunFolder) -> bytes:
    """The content of the run's `.keras` file. Raises `ModelError` if it is missing or damaged; loads no TensorFlow."""
    try:
        check_keras_file(folder.model_path)
        return folder.model_path.read_bytes()
    except FileNotFoundError as error:
        raise missing_model(folder.id) from error
    except OSError as error:
        raise _unreadable(folder, error.strerror or ModelError("no access to it")) from error
    except ModelError as error:
        raise _unreadable(folder, error) from error


def load_model(folder: RunFolder) -> keras.Model:
    """The run's trained model as it was saved, uncompiled. Raises `ModelError` if it is missing or can't be read.

    Example:
        >>> load_model(run.folder).summary()
    """
    read_keras_file(folder)
    try:
        return open_keras_file(folder.model_path)
    except ModelError as error:
        raise _unreadable(folder, error) from error


def open_keras_file(path: Path) -> keras.Model:
    """The uncompiled model in a `.keras` file. Raises `ModelError` with the reason, and `OSError`."""
    check_keras_file(path)  # Keras reports every kind of damage as a missing file
    import keras

    try:
        model: keras.Model = keras.saving.load_model(path, compile=False)
    except OSError as error:  # a damaged HDF5 file in the archive
        raise ModelError("its file is damaged") from error
    except Exception as error:  # Keras raises many kinds
        raise ModelError("{what}", what=error) from error
    return model


def check_keras_file(path: Path) -> None:
    """Raises `ModelError` if the file is not a complete zip archive of a model, and `OSError`; loads no TensorFlow."""
    try:
        with open_zip(path) as archive:
            names = archive.namelist()
            is_whole = "config.json" in names and any(name.startswith("model.weights.") for name in names)
            damaged = archive.testzip() or not is_whole
    except OSError:
        raise
    except UNREADABLE_ZIP as error:  # a zip archive as well
        raise ModelError("its file is damaged") from error
    if damaged:
        raise ModelError("its file is damaged")


def _unreadable(folder: RunFolder, why: str | ModelError) -> ModelError:
    return ModelError("The model of run {run} can't be read ({what}). Train it again.", run=folder.id, what=why)
