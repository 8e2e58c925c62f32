"""`train_run`: what a worker, the command line and a notebook all call."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from filelock import Timeout

from cnn_core.architecture.builder import build_model
from cnn_core.data.catalog import DatasetName
from cnn_core.data.load import Dataset, is_available, load_dataset
from cnn_core.errors import CnnLabError, RunError
from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import EARLY_STEPS, LIVE_NAME, save_early_step
from cnn_core.training.arrays import Arrays, prepare_arrays
from cnn_core.training.checkpoints import load_checkpoint, load_latest_checkpoint, restore
from cnn_core.training.compilation import (
    build_keras_callbacks,
    build_loss,
    compile_model,
    computing_in,
    set_plain_rate,
)
from cnn_core.training.config import TrainingConfig
from cnn_core.training.course import Course, apply_requests, begin_course
from cnn_core.training.events import EventWriter, Listener, read_events
from cnn_core.training.own_arrays import prepare_own_arrays
from cnn_core.training.own_images import OwnImages, judge, read_own_images, set_start_weights

if TYPE_CHECKING:
    import keras

    from cnn_core.training.steering import SteeringCallback

EVALUATION_BATCH = 500
_SMALL, _LEAST_EXPONENT = 0.001, -13  # a probability below this is shown as next to nothing; that of float16
_EPOCHS_LIMIT = 10_000  # for `fit`: how many there are to be may change while it runs


@dataclass(frozen=True)
class Result:
    """Of the weights that were kept. `test_accuracy` is a fraction; `seconds` is all epochs, watching included."""

    test_loss: float
    test_accuracy: float
    seconds: float
    epoch: int


def train_run(folder: RunFolder, listener: Listener | None = None) -> Result:
    """Trains what the folder's experiment says and fills the folder; goes on from its checkpoint if it has one.

    Whatever goes wrong is written as the run's last event before it is raised. Raises `CnnLabError` for what a
    person can mend, and `RunError` when another process works on this run or it does not wait to be trained.
    """
    try:
        with folder.lock().acquire(timeout=2):
            if folder.last_state() != "queued":  # two servers may share a folder of runs: the first one has it
                raise RunError("Run {run} has been trained already: start a new one.", run=folder.id)
            writer = folder.writer(listener)
            with _failure_is_recorded(folder, writer):
                return _train(folder, writer)
    except Timeout as error:
        raise RunError("Run {run} is being trained by another process.", run=folder.id) from error


def _train(folder: RunFolder, writer: EventWriter) -> Result:
    commands = folder.command_reader()  # those given since the run was put in line
    writer.emit("state", state="running")
    experiment, training = folder.experiment, folder.experiment.training
    own = read_own_images(folder)
    dataset = _load_dataset(experiment.dataset, own, writer)
    import tensorflow as tf

    from cnn_core.training.steering import SteeringCallback

    tf.keras.utils.set_random_seed(training.seed)
    tf.config.experimental.enable_op_determinism()
    arrays = _prepare(dataset, own, experiment)
    steps = -(-len(arrays.x_train) // training.batch_size)
    checkpoint = load_latest_checkpoint(folder.checkpoints_dir)
    course = Course.model_validate(checkpoint.facts) if checkpoint else begin_course(training)
    done = checkpoint.epoch if checkpoint else 0
    requests = apply_requests(course, read_events(folder.events_path), done)
    steering = SteeringCallback(commands, writer, training, course)
    with computing_in(training.precision):
        model = build_model(experiment.architecture)
        compile_model(model, training, steps, course)
        if checkpoint:
            restore(model, checkpoint, steps)
            if course.rate_now is not None:
                set_plain_rate(model, course.rate_now)
        elif own:
            set_start_weights(model, folder)
            judge(model, own, folder, "before", _labelled_test(arrays))
        _announce(writer, model, arrays, course, steps, done + 1, training)
        for what, value in requests.items():
            writer.emit("intervention", epoch=done, step=steps, what=what, value=value)
        if "epochs" in requests and "EarlyStopping" in course.counters:  # it begins to wait anew
            course.counters["EarlyStopping"]["wait"] = 0
        kept_epoch = _fit(model, arrays, folder, writer, steering, done + 1)
        test_loss, test_accuracy = _test(model, arrays, training, course)
    kept = _keep(model, arrays, folder)
    if own:
        judge(kept, own, folder, "after", _labelled_test(arrays))
    result = Result(test_loss, test_accuracy, round(course.seconds, 3), kept_epoch)
    writer.emit("result", **asdict(result))
    writer.emit("state", state="stopped" if steering.stopped else "completed")
    return result


def _load_dataset(name: DatasetName, own: OwnImages | None, writer: EventWriter) -> Dataset | None:
    """None for a fine-tuned run that rehearses nothing where the data set is not at hand."""
    if own and not own.settings.wish.rehearsal and not is_available(name):
        return None
    return load_dataset(name, lambda done, total: writer.emit("download", bytes=done, total=total))


def _prepare(dataset: Dataset | None, own: OwnImages | None, experiment: Experiment) -> Arrays:
    if own:
        return prepare_own_arrays(own, dataset, experiment)
    assert dataset is not None  # only a fine-tuned run goes without
    return prepare_arrays(dataset, experiment)


def _announce(
    writer: EventWriter,
    model: keras.Model,
    arrays: Arrays,
    course: Course,
    steps: int,
    first_epoch: int,
    training: TrainingConfig,
) -> None:
    writer.emit(
        "plan",
        epochs=course.epochs,
        first_epoch=first_epoch,
        steps_per_epoch=steps,
        samples=len(arrays.x_train),
        parameters=model.count_params(),
        threads=os.cpu_count(),
        precision=training.precision,
        watched="validation" if training.validation_split or not arrays.has_test else "test",
        missing_classes=list(arrays.missing_classes),
    )


def _fit(
    model: keras.Model,
    arrays: Arrays,
    folder: RunFolder,
    writer: EventWriter,
    steering: SteeringCallback,
    first_epoch: int,
) -> int:
    """Trains to the planned end and returns the epoch whose weights the model has then."""
    from cnn_core.training.callbacks import CheckpointCallback, EventCallback, SnapshotCallback
    from cnn_core.training.vitals import VitalsCallback

    training, course = folder.experiment.training, steering.course
    samples = len(arrays.x_train)
    of_keras = build_keras_callbacks(training)
    if first_epoch > course.epochs or _is_out_of_patience(course, training):  # it was killed after its last epoch
        return _restore_kept(model, folder, course)
    _take_several_steps(model, folder, -(-samples // training.batch_size), begins=first_epoch == 1)
    model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=training.batch_size,
        initial_epoch=first_epoch - 1,
        epochs=_EPOCHS_LIMIT,
        validation_data=(arrays.x_watched, arrays.y_watched),
        validation_batch_size=EVALUATION_BATCH,
        class_weight=arrays.class_weight,
        callbacks=[
            *of_keras,
            SnapshotCallback(folder, begins=first_epoch == 1),
            EventCallback(writer, course, samples, training.batch_size, steering.clock),
            VitalsCallback(writer, arrays, build_loss(training)),
            CheckpointCallback(folder, course, samples, of_keras),
            steering,
        ],
        verbose=0,
    )
    return of_keras[-1].best_epoch + 1 if training.restore_best else course.last["epoch"]


def _take_several_steps(model: keras.Model, folder: RunFolder, steps_per_epoch: int, begins: bool) -> None:
    """At a time, from now on; a run that begins keeps the weights after its early steps."""
    from cnn_core.training.steps import SeveralSteps

    def look(step: int) -> None:
        with suppress(OSError):  # a full disk: the next snapshot says so
            save_early_step(folder.weights_dir, step, model.get_weights())

    SeveralSteps(steps_per_epoch, EARLY_STEPS if begins else (), look).install(model)


def _is_out_of_patience(course: Course, training: TrainingConfig) -> bool:
    waited = course.counters.get("EarlyStopping", {}).get("wait", 0)
    return 0 < training.early_stopping <= waited


def _restore_kept(model: keras.Model, folder: RunFolder, course: Course) -> int:
    """What `fit` does at its end; returns the epoch whose weights the model has then."""
    if folder.experiment.training.restore_best and course.best_epoch:
        model.set_weights(load_checkpoint(folder.checkpoints_dir, course.best_epoch).weights)
        return course.best_epoch
    return int(course.last["epoch"])


def _test(model: keras.Model, arrays: Arrays, training: TrainingConfig, course: Course) -> tuple[float, float]:
    if not arrays.has_test:
        return math.nan, math.nan
    if not training.validation_split and not training.restore_best:  # the test set was watched: its last figures
        return course.last["val_loss"], course.last["val_accuracy"]
    logs = model.evaluate(arrays.x_test, arrays.y_test, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True)
    return float(logs["loss"]), float(logs["accuracy"])


def _keep(model: keras.Model, arrays: Arrays, folder: RunFolder) -> keras.Model:
    """Writes the model, what it says of every test image, and the table of epochs; returns the model as written."""
    kept = save_model(model, folder)
    test = _labelled_test(arrays)
    if test:
        save_predictions(folder, kept.predict(test[0], batch_size=EVALUATION_BATCH, verbose=0), test[1])
    _write_history(folder)
    (folder.weights_dir / LIVE_NAME).unlink(missing_ok=True)
    return kept


def _labelled_test(arrays: Arrays) -> tuple[np.ndarray, np.ndarray] | None:
    """The test set's inputs and class indices (N,); None where there is none."""
    if not arrays.has_test:
        return None
    return arrays.x_test, arrays.y_test if arrays.y_test.ndim == 1 else arrays.y_test.argmax(axis=1)


def save_model(model: keras.Model, folder: RunFolder) -> keras.Model:
    """Writes `model.keras` in float32 without the optimizer's state, whole or not at all; returns what it wrote."""
    uncompiled = build_model(folder.experiment.architecture)
    uncompiled.set_weights(model.get_weights())
    part = folder.path / "model.part.keras"
    uncompiled.save(part)
    part.replace(folder.model_path)
    return uncompiled


def save_predictions(folder: RunFolder, probabilities: np.ndarray, labels: np.ndarray) -> None:
    """Writes `predictions.npz`: what the kept model says of the test set, float16 (N, classes), and the truth.

    Below a thousandth, all but the true class keep four significant bits: nobody is shown more, and they fill the file.
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
    columns = [key for key in next(iter(rows.values())) if key not in ("seq", "time", "type")] if rows else ["epoch"]
    with (folder.path / "history.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows[epoch] for epoch in sorted(rows))


@contextmanager
def _failure_is_recorded(folder: RunFolder, writer: EventWriter) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        reason = explain_failure(error)
        stopped = isinstance(error, KeyboardInterrupt)
        with suppress(OSError):
            (folder.weights_dir / LIVE_NAME).unlink(missing_ok=True)
        with suppress(OSError):  # the disk may be what failed; the error itself then tells whoever called
            writer.emit("state", state="interrupted" if stopped else "failed", reason="" if stopped else reason)
        raise


def explain_failure(error: BaseException) -> str:
    """A sentence for the reader of the run."""
    if isinstance(error, CnnLabError):
        return str(error)
    if isinstance(error, OSError):
        return str(
            RunError(
                "The run's folder can't be written: {reason}. Free some space or mend its permissions.",
                reason=error.strerror or error,
            )
        )
    if type(error).__name__ == "ResourceExhaustedError" or isinstance(error, MemoryError):
        return str(
            RunError("The memory of this machine is not enough for this network. Use a smaller batch or fewer filters.")
        )
    return f"{type(error).__name__}: {error}"[:2000]
