"""Weights to start from and evaluation for a run that is fine-tuned on a person's own drawings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import to_data_format
from cnn_core.runs.fine_tuning import FOLDER, OwnImages, read_evaluation
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.locked_folder import write_atomically
from cnn_core.runs.model_file import open_keras_file

if TYPE_CHECKING:
    import keras

_BATCH = 500


def set_start_weights(model: keras.Model, folder: RunFolder) -> None:
    """Gives a model, built from the run's architecture, the weights that the run begins with. Raises `ModelError`."""
    try:
        model.set_weights(open_keras_file(folder.path / FOLDER / "start.keras").get_weights())
    except (ModelError, OSError, ValueError) as error:
        raise ModelError(
            "The weights that run {run} begins with can't be read. Start a new one.", run=folder.id
        ) from error


def evaluate(
    model: keras.Model, own: OwnImages, folder: RunFolder, when: Literal["before", "after"], test: Any
) -> None:
    """Writes the model's accuracy to `evaluation.json`; `test` is (inputs, class indices), or None."""
    found: dict[str, Any] = {"test_accuracy": None}
    for name, held_out in (("held_out", True), ("learned", False)):
        inputs, labels = own.prepare(folder.experiment, held_out)
        inputs = to_data_format(inputs, folder.experiment.architecture.data_format)
        probabilities = model.predict(inputs, batch_size=_BATCH, verbose=0)
        found[name] = {
            "right": int((probabilities.argmax(axis=1) == labels).sum()),
            "count": len(labels),
            "true_share": float(probabilities[np.arange(len(labels)), labels].mean()),
        }
    if test is not None:
        predicted = model.predict(test[0], batch_size=_BATCH, verbose=0).argmax(axis=1)
        found["test_accuracy"] = float((predicted == test[1]).mean())
    write_atomically(folder.path / FOLDER / "evaluation.json", json.dumps(read_evaluation(folder) | {when: found}))
