"""`train_run`: what a worker, the command line and a notebook all call."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import Timeout

from cnn_core.architecture.builder import build_model
from cnn_core.data.load import Dataset, load_dataset
from cnn_core.data.preprocess import one_hot, prepare_images
from cnn_core.errors import CnnLabError, RunError, SpecError
from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder
from cnn_core.training.config import OPTIMIZER_CLASSES, TrainingConfig
from cnn_core.training.events import EventWriter, Listener, read_events

if TYPE_CHECKING:
    import keras

EVALUATION_BATCH = 500


@dataclass(frozen=True)
class Result:
    """`test_accuracy` is a fraction; `seconds` is the whole of `fit`, watching included."""

    test_loss: float
    test_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Arrays:
    """What Keras is fed: x float32, y one-hot float32 (N, classes)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def train_run(folder: RunFolder, listener: Listener | None = None) -> Result:
    """Trains what the folder's experiment says and fills the folder.

    Whatever goes wrong is written as the run's last event before it is raised. Raises `CnnLabError` for what a
    person can mend, and `RunError` when another process works on this run or has done so.
    """
    try:
        with folder.lock().acquire(timeout=2):
            if folder.last_state() != "queued":  # two servers may share a folder of runs: the first one has it
                raise RunError(f"Run {folder.id} has been trained already: start a new one.")
            writer = folder.writer(listener)
            with _failure_is_recorded(writer):
                return _train(folder, writer)
    except Timeout as error:
        raise RunError(f"Run {folder.id} is being trained by another process.") from error


def _train(folder: RunFolder, writer: EventWriter) -> Result:
    writer.emit("state", state="running")
    experiment = folder.experiment
    dataset = load_dataset(experiment.dataset, lambda done, total: writer.emit("download", bytes=done, total=total))
    import tensorflow as tf

    tf.keras.utils.set_random_seed(experiment.training.seed)
    tf.config.experimental.enable_op_determinism()
    arrays = prepare_arrays(dataset, experiment)
    model = build_model(experiment.architecture)
    compile_model(model, experiment.training, len(arrays.x_train))
    callback, seconds = _fit(model, arrays, folder, writer)
    test_loss, test_accuracy = _test(model, arrays, experiment.training, callback.last_epoch)
    save_model(model, folder)
    _write_history(folder)
    result = Result(test_loss, test_accuracy, round(seconds, 3))
    writer.emit("result", test_loss=test_loss, test_accuracy=test_accuracy, seconds=result.seconds)
    writer.emit("state", state="stopped" if callback.stopped else "completed")
    return result


def prepare_arrays(dataset: Dataset, experiment: Experiment) -> Arrays:
    """A data set in the form that this experiment's model is fed. Raises `SpecError` where they do not fit."""
    classes, outputs = len(dataset.info.class_names), experiment.architecture.layers[-1]
    if getattr(outputs, "units", classes) != classes:
        raise SpecError(
            f"{outputs.name}: {dataset.info.title} has {classes} classes; give the last layer {classes} units."
        )
    scaling, data_format = experiment.training.input_scaling, experiment.architecture.data_format
    return Arrays(
        prepare_images(dataset.x_train, scaling, data_format),
        one_hot(dataset.y_train, classes),
        prepare_images(dataset.x_test, scaling, data_format),
        one_hot(dataset.y_test, classes),
    )


def compile_model(model: keras.Model, config: TrainingConfig, samples: int) -> None:
    """Compiles with the config's optimizer and loss; the metric is always accuracy."""
    import keras

    optimizer = getattr(keras.optimizers, OPTIMIZER_CLASSES[config.optimizer])
    model.compile(
        optimizer=optimizer(learning_rate=config.learning_rate),
        loss=config.loss,
        metrics=["accuracy"],
        steps_per_execution=_steps_per_execution(samples, config.batch_size),
    )


def save_model(model: keras.Model, folder: RunFolder) -> None:
    """Writes `model.keras` without the optimizer's state (a third of the size), whole or not at all."""
    uncompiled = build_model(folder.experiment.architecture)
    uncompiled.set_weights(model.get_weights())
    part = folder.path / "model.part.keras"
    uncompiled.save(part)
    part.replace(folder.model_path)


def _fit(
    model: keras.Model, arrays: Arrays, folder: RunFolder, writer: EventWriter
) -> tuple[Any, float]:  # the callback's class would need Keras here
    from cnn_core.training.callbacks import EventCallback, SnapshotCallback

    config = folder.experiment.training
    samples = int(len(arrays.x_train) * (1 - config.validation_split))
    writer.emit(
        "plan",
        epochs=config.epochs,
        steps_per_epoch=-(-samples // config.batch_size),
        samples=samples,
        parameters=model.count_params(),
        threads=os.cpu_count(),
        watched="validation" if config.validation_split else "test",
    )
    callback = EventCallback(folder, writer, samples, config.batch_size)
    started = time.perf_counter()
    model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=config.batch_size,
        epochs=config.epochs,
        validation_split=config.validation_split,
        validation_data=None if config.validation_split else (arrays.x_test, arrays.y_test),
        validation_batch_size=EVALUATION_BATCH,
        callbacks=[SnapshotCallback(folder, config.epochs), callback],
        verbose=0,
    )
    return callback, time.perf_counter() - started


def _test(
    model: keras.Model, arrays: Arrays, config: TrainingConfig, last_epoch: dict[str, Any]
) -> tuple[float, float]:
    if not config.validation_split:  # the test set was watched: its last figures are these
        return last_epoch["val_loss"], last_epoch["val_accuracy"]
    logs = model.evaluate(arrays.x_test, arrays.y_test, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True)
    return float(logs["loss"]), float(logs["accuracy"])


def _steps_per_execution(samples: int, batch_size: int) -> int:
    """Several steps per call are faster; about 60 calls an epoch still give a lively curve."""
    steps = -(-samples // batch_size)
    return max(1, min(16, steps // 60))


def _write_history(folder: RunFolder) -> None:
    rows = [event for event in read_events(folder.events_path) if event["type"] == "epoch"]
    columns = [key for key in rows[0] if key not in ("seq", "time", "type")] if rows else ["epoch"]
    with (folder.path / "history.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)


@contextmanager
def _failure_is_recorded(writer: EventWriter) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        reason = str(error) if isinstance(error, CnnLabError) else f"{type(error).__name__}: {error}"
        stopped = isinstance(error, KeyboardInterrupt)
        writer.emit("state", state="interrupted" if stopped else "failed", reason="" if stopped else reason[:2000])
        raise
