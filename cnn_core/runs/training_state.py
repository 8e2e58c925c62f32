"""The effective settings of a run: its config, with what was changed while it trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnn_core.errors import ModelError, NewerVersion
from cnn_core.experiment.optimizers import Optimizer
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.events import Event
from cnn_core.runs.upgrade import TRAINING_STATE_VERSION

_OUTLIVING = ("epochs", "learning_rate")


class TrainingState(BaseModel):
    """Kept in every checkpoint. `learning_rate` is None while the schedule controls the rate."""

    model_config = ConfigDict(extra="ignore")

    version: int = TRAINING_STATE_VERSION
    epochs: int
    optimizer: Optimizer
    learning_rate: float | None = None
    rate_now: float | None = None  # of an optimizer without a schedule, so that a plateau's drops last
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float | None = None
    last: dict[str, Any] = Field(default_factory=dict)  # the last epoch's figures
    counters: dict[str, dict[str, Any]] = Field(default_factory=dict)  # of Keras's callbacks


def read_training_state(facts: dict[str, Any]) -> TrainingState:
    """The state in a checkpoint, of any earlier version. Raises `NewerVersion`, or `ModelError` for a damaged one."""
    version = facts.get("version", 1)
    if isinstance(version, int) and version > TRAINING_STATE_VERSION:
        raise NewerVersion.of("checkpoint", version, TRAINING_STATE_VERSION)
    try:
        return TrainingState.model_validate(facts | {"version": TRAINING_STATE_VERSION})
    except ValidationError as error:
        raise ModelError("The training state in the checkpoint is damaged. Start the run again.") from error


def start_training_state(config: TrainingConfig) -> TrainingState:
    return TrainingState(epochs=config.epochs, optimizer=config.optimizer)


def apply_requests(training_state: TrainingState, events: Iterable[Event], epoch: int) -> dict[str, Any]:
    """Applies changes since the checkpoint of `epoch` (0: none) that persist across a resume: epochs, learning rate.

    Returns those of them ("epochs", "learning_rate" → value) that no intervention event up to that epoch tells of.
    """
    untold: dict[str, Any] = {}
    for what, value, recorded in _list_requests(events, epoch):
        if recorded:
            untold.pop(what, None)
        elif what == "learning_rate" or value != training_state.epochs:
            untold[what] = value
        setattr(training_state, what, value)
        if what == "learning_rate":
            training_state.rate_now = value
    return untold


def _list_requests(events: Iterable[Event], epoch: int) -> Iterator[tuple[str, Any, bool]]:
    """What, its value, and whether an event tells of it that stays when later epochs are done again."""
    for event in _since_checkpoint(list(events), epoch):
        if event["type"] == "intervention" and event["what"] in _OUTLIVING:
            recorded = event["epoch"] <= epoch
            if recorded or event["what"] == "epochs":  # another rate in an epoch that is done again goes with it
                yield event["what"], event["value"], recorded
        elif event["type"] == "state" and event["state"] == "queued":
            for what in _OUTLIVING:
                if event.get(what):
                    yield what, event[what], False


def _since_checkpoint(events: list[Event], epoch: int) -> list[Event]:
    """Those behind the end of that epoch: a checkpoint is written right after the event that tells of it."""
    ends = [i for i, event in enumerate(events) if event["type"] == "epoch" and event["epoch"] == epoch]
    return events[ends[-1] + 1 :] if ends else events
