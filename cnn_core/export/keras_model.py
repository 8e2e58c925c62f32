"""A run's trained model in Keras's own forms: one `.keras` file, or architecture and weights apart."""

from __future__ import annotations

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cnn_core.data.npz import UNREADABLE_NPZ
from cnn_core.errors import ModelError
from cnn_core.experiment import Experiment
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


def write_parts(folder: RunFolder) -> dict[str, bytes]:
    """File name → content: architecture and weights apart, and how to put them together again."""
    model = load_model(folder)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.weights.h5"
        model.save_weights(path)
        weights = path.read_bytes()
    return {
        "architecture.json": model.to_json(indent=2).encode(),
        "model.weights.h5": weights,
        "README.txt": _explain_parts(folder.experiment, model.input_shape).encode(),
    }


def describe_input(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    """What the network is fed, in one sentence."""
    scaled = "divided by 255, so 0-1" if experiment.training.input_scaling == "unit" else "left as they are, 0-255"
    return f"Its input is float32 of shape ({', '.join(['N', *map(str, shape[1:])])}), the pixels {scaled}."


def _explain_parts(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    return (
        'model = keras.models.model_from_json(open("architecture.json").read()); '
        'model.load_weights("model.weights.h5")\n'
        f"{describe_input(experiment, shape)}\n"
    )


def _unreadable(folder: RunFolder, why: str | ModelError) -> ModelError:
    return ModelError("The model of run {run} can't be read ({what}). Train it again.", run=folder.id, what=why)
