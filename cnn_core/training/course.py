"""What is in force while a run goes on: the config it began with, as far as nobody has steered since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cnn_core.training.config import TrainingConfig
from cnn_core.training.events import Event
from cnn_core.training.optimizers import Optimizer


class Course(BaseModel):
    """Kept in every checkpoint. `learning_rate` is None as long as the config's schedule has its way."""

    model_config = ConfigDict(extra="forbid")

    epochs: int
    optimizer: Optimizer
    learning_rate: float | None = None
    rate_now: float | None = None  # of an optimizer without a schedule, so that a plateau's drops last
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float | None = None
    best_accuracy: float | None = None
    last: dict[str, Any] = Field(default_factory=dict)  # the last epoch's figures
    counters: dict[str, dict[str, Any]] = Field(default_factory=dict)  # of Keras's callbacks


def begin_course(config: TrainingConfig) -> Course:
    return Course(epochs=config.epochs, optimizer=config.optimizer)


def apply_requests(course: Course, events: Iterable[Event]) -> None:
    """What was asked for since the checkpoint and outlives it: more epochs, and the rate they shall have."""
    for event in events:
        if event["type"] == "intervention" and event["what"] == "epochs":
            course.epochs = event["value"]
        if event["type"] == "state" and event["state"] == "queued":
            course.epochs = event.get("epochs") or course.epochs
            course.learning_rate = event.get("learning_rate") or course.learning_rate
            course.rate_now = event.get("learning_rate") or course.rate_now
