"""Training config → a compiled model: loss, optimizer, schedule, precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.experiment.schedules import ReduceOnPlateau
from cnn_core.experiment.training import Precision, TrainingConfig
from cnn_core.runs.training_state import TrainingState, start_training_state
from cnn_core.training.keras_optimizer import build_learning_rate, build_optimizer, find_rate_variable, list_state

if TYPE_CHECKING:
    import keras

_STEPS_AT_MOST, _CALLS_PER_EPOCH = 16, 60
_NEVER = 10_000  # epochs


def compile_model(
    model: keras.Model, config: TrainingConfig, steps_per_epoch: int, training_state: TrainingState | None = None
) -> None:
    """Compiles with what is in force (the config itself by default); the metric is always accuracy."""
    training_state = training_state or start_training_state(config)
    rate = training_state.learning_rate
    if rate is None:
        rate = build_learning_rate(config.schedule, config.learning_rate, steps_per_epoch, config.epochs)
    model.compile(
        optimizer=build_optimizer(training_state.optimizer, rate, config.clip_norm),
        loss=build_loss(config),
        metrics=["accuracy"],
        # Several steps per call are faster; about 60 calls an epoch still give a lively curve.
        steps_per_execution=max(1, min(_STEPS_AT_MOST, steps_per_epoch // _CALLS_PER_EPOCH)),
    )
    # What the first step would make is made now: TensorFlow traces a step twice if it makes variables.
    model.optimizer.build(model.trainable_variables)
    scores = np.zeros((1, model.output_shape[-1]), np.float32)
    truth = np.zeros(1, np.int32) if config.loss == "sparse_categorical_crossentropy" else scores
    model.compute_metrics(None, truth, scores)  # `fit` begins its count again


def build_loss(config: TrainingConfig) -> Any:
    """What `compile` takes: Keras's name, or a loss object where a name can't say it."""
    if config.label_smoothing:
        import keras

        return keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing)
    return config.loss


def build_keras_callbacks(config: TrainingConfig) -> list[Any]:
    """Keras's own callbacks for what the config asks: plateaus, early stopping, the best epoch's weights."""
    import keras

    callbacks: list[Any] = []
    if isinstance(config.schedule, ReduceOnPlateau):
        schedule = config.schedule
        callbacks.append(keras.callbacks.ReduceLROnPlateau(factor=schedule.factor, patience=schedule.patience))
    if config.early_stopping or config.restore_best:
        patience = config.early_stopping or _NEVER  # then only the best weights are wanted
        callbacks.append(keras.callbacks.EarlyStopping(patience=patience, restore_best_weights=config.restore_best))
    return callbacks


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Layers built inside compute in this precision; what was set before is set again afterwards."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def swap_optimizer(model: keras.Model, optimizer: Any, keep_state: bool) -> None:
    """Gives a model in training another optimizer; the weights stay, and the next step is traced again."""
    old = list_state(model.optimizer)
    optimizer.build(model.trainable_variables)
    if keep_state:
        for target, source in zip(list_state(optimizer), old, strict=True):
            target.assign(source)
    model.optimizer = optimizer
    model.make_train_function(force=True)


def set_plain_rate(model: keras.Model, rate: float) -> bool:
    """Sets the learning rate of an optimizer that follows no schedule; False, and nothing done, with the others."""
    is_plain = find_rate_variable(model.optimizer) is not None
    if is_plain:
        model.optimizer.learning_rate = rate
    return is_plain
