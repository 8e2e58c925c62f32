"""Outputs of a trained run: test metrics, model, predictions and history."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.architecture.builder import build_model
from cnn_core.experiment.training import EVALUATION_BATCH, TrainingConfig
from cnn_core.runs.event_types import ENVELOPE
from cnn_core.runs.events import read_events
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import LIVE_NAME
from cnn_core.runs.training_state import TrainingState
from cnn_core.training.arrays import Arrays

if TYPE_CHECKING:
    import keras

_SMALL, _LEAST_EXPONENT = 0.001, -13  # a probability below this is shown as next to nothing; that of float16


def evaluate_test(
    model: keras.Model, arrays: Arrays, training: TrainingConfig, training_state: TrainingState
) -> tuple[float, float]:
    """Loss and accuracy (a fraction) of the weights that were kept; NaN where there is no test set."""
    if not arrays.has_test:
        return math.nan, math.nan
    if not training.validation_split and not training.restore_best:  # the test set was watched: its last figures
        return training_state.last["val_loss"], training_state.last["val_accuracy"]
    logs = model.evaluate(arrays.x_test, arrays.y_test, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True)
    return float(logs["loss"]), float(logs["accuracy"])


def keep_outcome(model: keras.Model, arrays: Arrays, folder: RunFolder) -> keras.Model:
    """Writes the model, its test predictions and the table of epochs; returns the saved model."""
    kept = _save_model(model, folder)
    test = labelled_test(arrays)
    if test:
        _save_predictions(folder, kept.predict(test[0], batch_size=EVALUATION_BATCH, verbose=0), test[1])
    _write_history(folder)
    (folder.weights_dir / LIVE_NAME).unlink(missing_ok=True)
    return kept


def labelled_test(arrays: Arrays) -> tuple[np.ndarray, np.ndarray] | None:
    """The test set's inputs and class indices (N,); None where there is none."""
    if not arrays.has_test:
        return None
    return arrays.x_test, arrays.y_test if arrays.y_test.ndim == 1 else arrays.y_test.argmax(axis=1)


def _save_model(model: keras.Model, folder: RunFolder) -> keras.Model:
    """Writes `model.keras` in float32 without the optimizer's state, whole or not at all; returns what it wrote."""
    uncompiled = build_model(folder.experiment.architecture)
    uncompiled.set_weights(model.get_weights())
    part = folder.path / "model.part.keras"
    uncompiled.save(part)
    part.replace(folder.model_path)
    return uncompiled


def _save_predictions(folder: RunFolder, probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Writes `predictions.npz`: test probabilities of the saved model, float16 (N, classes), and labels.

    Below a thousandth, all but the true class keep four significant bits: no one is shown more, and they fill the file.
    """
    part = folder.path / "predictions.part.npz"
    _, exponents = np.frexp(probabilities)
    step = np.ldexp(1.0, np.maximum(exponents, _LEAST_EXPONENT) - 4)
    rounded = np.where(probabilities < _SMALL, np.rint(probabilities / step) * step, probabilities)
    there = np.arange(len(labels)), labels
    rounded[there] = probabilities[there]  # what a loss is made of
    halves = rounded.astype(np.float16)
    np.savez_compressed(part, probabilities=halves, labels=labels.astype(np.uint8))
    part.replace(folder.predictions_path)


def _write_history(folder: RunFolder) -> None:
    rows = {event["epoch"]: event for event in read_events(folder.events_path) if event["type"] == "epoch"}
    columns = [key for key in next(iter(rows.values())) if key not in ENVELOPE] if rows else ["epoch"]
    with (folder.path / "history.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows[epoch] for epoch in sorted(rows))
