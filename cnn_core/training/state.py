"""The state of a training process, taken from a Keras model and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.training.keras_optimizer import find_rate_variable, list_state

if TYPE_CHECKING:
    import keras
from cnn_core.runs.checkpoints import Checkpoint


def take_checkpoint(model: keras.Model, epoch: int, facts: dict[str, Any]) -> Checkpoint:
    return Checkpoint(
        epoch,
        model.get_weights(),
        [np.asarray(v) for v in _states(model)],
        [np.asarray(v) for v in list_state(model.optimizer)],
        facts,
    )


def restore(model: keras.Model, checkpoint: Checkpoint, steps_per_epoch: int) -> None:
    """Puts a compiled model, built as the one that was kept, back into its state. Raises `ModelError`.

    A checkpoint of weights alone starts the optimizer again, at the step where its schedule, if it has one, would be.
    """
    if not checkpoint.optimizer:
        model.set_weights(checkpoint.weights)
        # Without a schedule from step 0: Adam's first steps would otherwise be several times too long.
        if find_rate_variable(model.optimizer) is None:
            model.optimizer.iterations.assign(checkpoint.epoch * steps_per_epoch)
        return
    model.optimizer.build(model.trainable_variables)
    slots, states = list_state(model.optimizer), _states(model)
    if len(slots) != len(checkpoint.optimizer) or len(states) != len(checkpoint.states):
        raise ModelError("The checkpoint is of another network or optimizer. Start the run again.")
    model.set_weights(checkpoint.weights)
    for variable, value in zip([*states, *slots], [*checkpoint.states, *checkpoint.optimizer], strict=True):
        variable.assign(value)


def _states(model: keras.Model) -> list[Any]:
    """Variables that are no weights: the states of dropout's and augmentation's random generators."""
    weights = {id(v) for v in model.weights}
    return [v for v in model.variables if id(v) not in weights]
