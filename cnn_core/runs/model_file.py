"""A run's trained model as Keras opens it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from cnn_core.data.datasets.npz import UNREADABLE_NPZ
from cnn_core.errors import ModelError
from cnn_core.runs.folder import RunFolder

if TYPE_CHECKING:
    import keras


def read_keras_file(folder: RunFolder) -> bytes:
    """The `.keras` file as it is. Raises `ModelError` for one that is damaged; loads no TensorFlow."""
    try:
        with zipfile.ZipFile(folder.model_path) as archive:
            damaged = archive.testzip()
        content = folder.model_path.read_bytes()
    except OSError as error:
        raise _unreadable(folder, error.strerror or ModelError("no access to it")) from error
    except UNREADABLE_NPZ as error:  # a zip as well
        raise _unreadable(folder, ModelError("its file is damaged")) from error
    if damaged:
        raise _unreadable(folder, ModelError("its file is damaged"))
    return content


def load_model(folder: RunFolder) -> keras.Model:
    """The run's trained model, uncompiled. Raises `ModelError` where it can't be read."""
    read_keras_file(folder)  # for Keras any damage is a file that is not there
    import keras

    try:
        model: keras.Model = keras.saving.load_model(folder.model_path, compile=False)
    except Exception as error:  # Keras raises many kinds
        raise _unreadable(folder, str(error)) from error
    return model


def _unreadable(folder: RunFolder, why: str | ModelError) -> ModelError:
    return ModelError("The model of run {run} can't be read ({what}). Train it again.", run=folder.id, what=why)
