"""`model.fit` with its callbacks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cnn_core.architecture.builder import build_model
from cnn_core.experiment.training import EVALUATION_BATCH, TrainingConfig
from cnn_core.runs.checkpoints import load_checkpoint
from cnn_core.runs.events import EventWriter
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.snapshots import EARLY_STEPS, save_early_step
from cnn_core.runs.training_state import TrainingState
from cnn_core.training.arrays import Arrays
from cnn_core.training.compilation import build_keras_callbacks, build_loss

if TYPE_CHECKING:
    import keras

    from cnn_core.training.multi_step import MultiStepModel
    from cnn_core.training.steering import SteeringCallback

_EPOCHS_LIMIT = 10_000  # for `fit`: how many there are to be may change while it runs


def build_training_model(folder: RunFolder, steps_per_epoch: int, begins: bool) -> MultiStepModel:
    """The model that `fit` trains; if the run begins, it saves the weights after the early steps."""
    from cnn_core.training.multi_step import MultiStepModel

    def look(step: int) -> None:
        with suppress(OSError):  # a full disk: writing the next snapshot raises
            save_early_step(folder.weights_dir, step, model.get_weights())

    looks = EARLY_STEPS if begins else ()
    model = MultiStepModel(build_model(folder.experiment.architecture), steps_per_epoch, looks, look)
    return model


def trace_steps(model: MultiStepModel, training: TrainingConfig, samples: int) -> None:
    """Traces the steps of `fit` in advance, for the batches that Keras makes of `samples` images."""
    import tensorflow as tf

    size = None if samples % training.batch_size else training.batch_size
    if training.loss == "sparse_categorical_crossentropy":
        labels = tf.TensorSpec((size,), tf.int32)
    else:
        labels = tf.TensorSpec((size, model.output_shape[-1]), tf.float32)
    weights = () if training.class_weight == "none" else (tf.TensorSpec((size,), tf.float32),)
    model.trace((tf.TensorSpec((size, *model.input_shape[1:]), tf.float32), labels, *weights))


def fit_model(
    model: MultiStepModel,
    arrays: Arrays,
    folder: RunFolder,
    writer: EventWriter,
    steering: SteeringCallback,
    first_epoch: int,
) -> int:
    """Trains to the planned end and returns the epoch whose weights the model has then."""
    from cnn_core.training.callbacks import CheckpointCallback, EventCallback, SnapshotCallback
    from cnn_core.training.layer_stats import LayerStatsCallback

    training, training_state = folder.experiment.training, steering.training_state
    samples = len(arrays.x_train)
    of_keras = build_keras_callbacks(training)
    snapshots = SnapshotCallback(folder, begins=first_epoch == 1)
    events = EventCallback(
        writer, training_state, samples, training.batch_size, steering.clock, lambda: steering.is_stepping
    )
    layer_stats = LayerStatsCallback(writer, arrays, build_loss(training), first_epoch)
    if first_epoch > training_state.epochs or _is_out_of_patience(training_state, training):
        return _restore_kept(model, folder, training_state)

    def show_state() -> None:
        snapshots.save_live()
        layer_stats.look()

    def after_single_step(step: int, logs: Any) -> None:
        for callback in (snapshots, events, layer_stats):
            callback.on_train_batch_end(step - 1, logs)
        steering.after_single_step(step)

    steering.show_state = show_state
    model.step_singly(lambda: steering.is_stepping, after_single_step)
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
            snapshots,
            events,
            layer_stats,
            CheckpointCallback(folder, training_state, samples, of_keras),
            steering,
        ],
        verbose=0,
    )
    return of_keras[-1].best_epoch + 1 if training.restore_best else training_state.last["epoch"]


def _is_out_of_patience(training_state: TrainingState, training: TrainingConfig) -> bool:
    waited = training_state.counters.get("EarlyStopping", {}).get("wait", 0)
    return 0 < training.early_stopping <= waited


def _restore_kept(model: keras.Model, folder: RunFolder, training_state: TrainingState) -> int:
    """What `fit` does at its end; returns the epoch whose weights the model has then."""
    if folder.experiment.training.restore_best and training_state.best_epoch:
        model.set_weights(load_checkpoint(folder.checkpoints_dir, training_state.best_epoch).weights)
        return training_state.best_epoch
    return int(training_state.last["epoch"])
