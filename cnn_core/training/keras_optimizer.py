"""Keras's optimizer for a training config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
from cnn_core.experiment.optimizers import Optimizer, optimizer_arguments
from cnn_core.experiment.schedules import Schedule


def find_rate_variable(optimizer: keras.Optimizer) -> Any:
    """The variable that holds the learning rate; None where it follows a schedule."""
    import keras

    rate = optimizer.learning_rate  # a plain tensor where a schedule computes it
    return rate if isinstance(rate, keras.Variable) else None


def list_state(optimizer: keras.Optimizer) -> list[Any]:
    """An optimizer's variables, such as its step count and moments, but the learning rate."""
    rate = find_rate_variable(optimizer)
    return [variable for variable in optimizer.variables if variable is not rate]


def build_optimizer(optimizer: Optimizer, learning_rate: Any, clip_norm: float = 0.0) -> keras.Optimizer:
    """`learning_rate` is a number or one of Keras's schedules."""
    import keras

    arguments = optimizer_arguments(optimizer, clip_norm)
    built: keras.Optimizer = getattr(keras.optimizers, optimizer.kind)(learning_rate=learning_rate, **arguments)
    return built


def build_learning_rate(schedule: Schedule, rate: float, steps_per_epoch: int, epochs: int) -> Any:
    """What a Keras optimizer takes: the rate itself or a `LearningRateSchedule`, computed again at every step."""
    call = schedule.keras_call(rate, steps_per_epoch, epochs)
    if call is None:
        return rate
    import keras

    name, arguments = call
    return getattr(keras.optimizers.schedules, name)(**arguments)
