"""`train_run`: what a worker, the command line and a notebook all call."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from filelock import Timeout

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.datasets.load import is_available, load_dataset
from cnn_core.errors import RunError
from cnn_core.experiment import Experiment
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.checkpoints import load_latest_checkpoint
from cnn_core.runs.events import EventWriter, Listener, read_events
from cnn_core.runs.fine_tuning import OwnImages, read_own_images
from cnn_core.runs.folder import CommandReader, RunFolder
from cnn_core.runs.training_state import TrainingState, apply_requests, read_training_state, start_training_state
from cnn_core.training.arrays import Arrays, prepare_arrays
from cnn_core.training.compilation import compile_model, computing_in, set_plain_rate
from cnn_core.training.failures import failure_is_recorded
from cnn_core.training.fine_tuning import evaluate, set_start_weights
from cnn_core.training.fine_tuning_arrays import prepare_own_arrays
from cnn_core.training.fitting import build_training_model, fit_model, trace_steps
from cnn_core.training.global_state import preserved_global_state
from cnn_core.training.outcome import evaluate_test, keep_outcome, labelled_test
from cnn_core.training.state import restore

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Result:
    """Of the weights that were kept. `test_accuracy` is a fraction; `seconds` is all epochs, watching included."""

    test_loss: float
    test_accuracy: float
    seconds: float
    epoch: int


def train_run(folder: RunFolder, listener: Listener | None = None, ready: Dataset | None = None) -> Result:
    """Trains a queued run in this process and fills its folder; resumes from the last checkpoint if there is one.

    `listener` is called with each event. `ready` is a dataset that is loaded already; it is used if it is the run's.
    Seeds, determinism, and float types of this process are restored afterwards. A failure is written as the run's last
    event and then raised. Raises `CnnLabError`, and `RunError` if the run isn't queued or another process trains it.

    Example:
        >>> store = RunStore(default_runs_dir())
        >>> folder = store.create(find_recipe("R5").experiment.on_dataset("digits"))
        >>> train_run(folder).test_accuracy > 0.5
        True
    """
    try:
        with folder.lock().acquire(timeout=2):
            if folder.last_state() != "queued":  # two servers may share a folder of runs: the first one has it
                raise RunError("Run {run} has been trained already: start a new one.", run=folder.id)
            writer = folder.writer(listener)
            with failure_is_recorded(folder, writer):
                return _train(folder, writer, ready)
    except Timeout as error:
        raise RunError("Run {run} is being trained by another process.", run=folder.id) from error


def _train(folder: RunFolder, writer: EventWriter, ready: Dataset | None) -> Result:
    commands = folder.command_reader()  # those given since the run was put in line
    writer.emit("state", state="running")
    experiment = folder.experiment
    own = read_own_images(folder)
    is_ready = ready is not None and ready.info is DATASETS[experiment.dataset]
    dataset = ready if is_ready else _load_dataset(experiment.dataset, own, writer)
    with preserved_global_state():
        return _train_on(dataset, own, folder, writer, commands)


def _train_on(
    dataset: Dataset | None, own: OwnImages | None, folder: RunFolder, writer: EventWriter, commands: CommandReader
) -> Result:
    import tensorflow as tf

    from cnn_core.training.steering import SteeringCallback

    experiment, training = folder.experiment, folder.experiment.training
    tf.keras.utils.set_random_seed(training.seed)
    tf.config.experimental.enable_op_determinism()
    preparing = _prepare_beside(dataset, own, experiment)
    if own or dataset is None:
        samples = len(preparing.result().x_train)
    else:
        samples = training.count_samples(len(dataset.x_train))
    steps = -(-samples // training.batch_size)
    checkpoint = load_latest_checkpoint(folder.checkpoints_dir)
    training_state = read_training_state(checkpoint.facts) if checkpoint else start_training_state(training)
    done = checkpoint.epoch if checkpoint else 0
    requests = apply_requests(training_state, read_events(folder.events_path), done)
    steering = SteeringCallback(commands, writer, training, training_state, done + 1)
    with computing_in(training.precision):
        model = build_training_model(folder, steps, begins=not done)
        compile_model(model, training, steps, training_state)
        if checkpoint:
            restore(model, checkpoint, steps)
            if training_state.rate_now is not None:
                set_plain_rate(model, training_state.rate_now)
        elif own:
            set_start_weights(model, folder)
            evaluate(model, own, folder, "before", labelled_test(preparing.result()))
        with suppress(Exception):  # errors in the data are reported first, other errors by `fit`
            trace_steps(model, training, samples)
        arrays = preparing.result()
        _announce(writer, model, arrays, training_state, steps, done + 1, training)
        for what, value in requests.items():
            writer.emit("intervention", epoch=done, step=steps, what=what, value=value)
        if "epochs" in requests and "EarlyStopping" in training_state.counters:  # reset patience
            training_state.counters["EarlyStopping"]["wait"] = 0
        kept_epoch = fit_model(model, arrays, folder, writer, steering, done + 1)
        test_loss, test_accuracy = evaluate_test(model, arrays, training, training_state)
    kept = keep_outcome(model, arrays, folder)
    if own:
        evaluate(kept, own, folder, "after", labelled_test(arrays))
    result = Result(test_loss, test_accuracy, round(training_state.seconds, 3), kept_epoch)
    writer.emit("result", **asdict(result))
    writer.emit("state", state="stopped" if steering.stopped else "completed")
    return result


def _load_dataset(name: DatasetName, own: OwnImages | None, writer: EventWriter) -> Dataset | None:
    """None for a fine-tuned run that rehearses nothing where the dataset is not at hand."""
    if own and not own.settings.settings.rehearsal and not is_available(name):
        return None
    return load_dataset(name, lambda done, total: writer.emit("download", bytes=done, total=total))


def _prepare_beside(dataset: Dataset | None, own: OwnImages | None, experiment: Experiment) -> Future[Arrays]:
    """In a thread: NumPy does without Python meanwhile, and building and tracing the network take as long."""
    beside = ThreadPoolExecutor(1)
    try:
        if own:
            return beside.submit(prepare_own_arrays, own, dataset, experiment)
        assert dataset is not None  # only a fine-tuned run goes without
        return beside.submit(prepare_arrays, dataset, experiment)
    finally:
        beside.shutdown(wait=False)


def _announce(
    writer: EventWriter,
    model: keras.Model,
    arrays: Arrays,
    training_state: TrainingState,
    steps: int,
    first_epoch: int,
    training: TrainingConfig,
) -> None:
    writer.emit(
        "plan",
        epochs=training_state.epochs,
        first_epoch=first_epoch,
        steps_per_epoch=steps,
        samples=len(arrays.x_train),
        parameters=model.count_params(),
        threads=os.cpu_count(),
        precision=training.precision,
        watched="validation" if training.validation_split or not arrays.has_test else "test",
        missing_classes=list(arrays.missing_classes),
    )
