"""Evidence for diagnosis, extracted from the events of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.diagnosis.blocks import Block, count_images, join_blocks
from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.runs.events import Event

if TYPE_CHECKING:
    from cnn_core.experiment import Experiment
    from cnn_core.runs.history import History, Plan
    from cnn_core.runs.store import RunRecord

_SMALLEST_TEST_SET = 297


@dataclass(frozen=True)
class LayerStats:
    """Finite values of a `layer_stats` event, by layer."""

    epoch: int
    gradients: dict[str, float]
    dead: dict[str, float]


@dataclass(frozen=True)
class Evidence:
    """Metrics since the last change of learning rate or optimizer; earlier ones are not evidence.

    `steps` is the number of weight changes.
    """

    experiment: Experiment
    plan: Plan
    batches: tuple[Event, ...]
    epochs: tuple[Event, ...]
    layers: tuple[Event, ...]
    optimizer: str
    blocks: tuple[Block, ...]
    steps: int

    @property
    def chance(self) -> float:
        """Accuracy of random guessing."""
        return 1 / len(DATASETS[self.experiment.dataset].class_names)

    @property
    def guessing_loss(self) -> float:
        """Loss of uniform probabilities."""
        is_mse = self.experiment.training.loss == "mse"
        return self.chance * (1 - self.chance) if is_mse else -math.log(self.chance)

    @property
    def accuracy(self) -> float:
        """Maximum of training and monitored accuracy; 1 before any measurement.

        Dropout and augmentation hold the first figure back, batch normalization at its beginning the second.
        """
        last = self.epochs[-1] if self.epochs else {"accuracy": 1.0, "val_accuracy": 0.0}
        trained = self.blocks[-1].accuracy if self.blocks else last["accuracy"]
        return float(max(trained, last["val_accuracy"]))

    @property
    def is_guessing(self) -> bool:
        return self.accuracy <= 2 * self.chance

    @cached_property
    def rates(self) -> tuple[float, ...]:
        """Learning rate at every point; that of the config in old runs without it."""
        planned = self.experiment.training.learning_rate
        return tuple(event.get("learning_rate") or planned for event in self.batches) or (planned,)

    @property
    def usual_rate(self) -> float:
        """Usual learning rate of this optimizer."""
        optimizer = OPTIMIZERS_BY_KIND[self.optimizer]
        return optimizer.paper_rate or optimizer.default_rate

    @property
    def is_warming_up(self) -> bool:
        """Whether the schedule is still rising, far from its peak."""
        climbs = self.experiment.training.schedule.climbs
        rates = self.rates
        return climbs and rates[0] < rates[-1] < 0.5 * self.experiment.training.learning_rate

    @property
    def images_per_step(self) -> int:
        return min(self.experiment.training.batch_size, self.plan.samples)

    @property
    def watched_images(self) -> int:
        """Number of images behind the `val_` metrics; a lower bound for a test set."""
        if self.plan.watched != "validation":
            return _SMALLEST_TEST_SET
        used = self.experiment.training.count_used(DATASETS[self.experiment.dataset].train_count)
        return max(1, used - self.plan.samples)

    @cached_property
    def layer_stats(self) -> tuple[LayerStats, ...]:
        return tuple(
            LayerStats(event["epoch"], _by_layer(event, "gradients"), _by_layer(event, "dead")) for event in self.layers
        )


def gather_evidence(run: RunRecord) -> Evidence | None:
    """None before there is a plan. Losses and accuracies of the events must be numbers."""
    history = run.history
    plan = history.plan
    if plan is None:
        return None
    since, optimizer = _last_change(history, run.experiment.training.optimizer.kind)
    points = zip(history.batches, count_images(history.batches), strict=True)
    counted = [(event, count) for event, count in points if _place(event) > since]
    last = _place(counted[-1][0]) if counted else since
    return Evidence(
        experiment=run.experiment,
        plan=plan,
        batches=tuple(event for event, _ in counted),
        epochs=tuple(event for event in history.epochs if (event["epoch"], 0) >= since),
        layers=tuple(event for event in history.layer_stats if _place(event) > since),
        optimizer=optimizer,
        blocks=join_blocks(counted, plan.samples),
        steps=(last[0] - since[0]) * plan.steps_per_epoch + last[1] - since[1],
    )


def _last_change(history: History, optimizer: str) -> tuple[tuple[int, int], str]:
    """Epoch, step and optimizer of the last change to optimizer or learning rate."""
    since = (1, 0)
    for event in history.interventions:
        if event["what"] in ("learning_rate", "optimizer"):
            since = _place(event)
        if event["what"] == "optimizer":
            optimizer = event["value"]["kind"]
    return since, optimizer


def _place(event: Event) -> tuple[int, int]:
    return event["epoch"], event["step"]


def _by_layer(event: Event, figure: str) -> dict[str, float]:
    pairs = zip(event["names"], event[figure], strict=False)
    return {name: value for name, value in pairs if value is not None and math.isfinite(value)}
