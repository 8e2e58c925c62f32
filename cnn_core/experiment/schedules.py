"""Learning rate schedules as specs, converted to Keras's schedules."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

FactorKnob = Annotated[
    float,
    Field(gt=0, lt=1, title="Factor", description="What the learning rate is multiplied with each time."),
]


class ScheduleSpec(BaseModel):
    """`learning_rate` of the training config is where a schedule starts, or the peak of those that climb first.

    is_constant: the rate never changes. climbs: it rises from a small value first. is_planned: it depends on the step
    alone, so that it can be drawn before training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    about: ClassVar[str] = ""
    is_constant: ClassVar[bool] = False
    climbs: ClassVar[bool] = False
    is_planned: ClassVar[bool] = True

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]] | None:
        """A class of `keras.optimizers.schedules` and its arguments; None where the rate stays a number."""
        return None

    def share_left(self, epochs: int) -> float | None:
        """What share of the rate is left in the last of these epochs; None for a schedule that is fitted to them.

        Example:
            >>> Step(factor=0.5, every=2).share_left(5)
            0.25
        """
        return None


class Constant(ScheduleSpec):
    about = "The rate never changes."
    is_constant = True
    kind: Literal["constant"] = "constant"


class Step(ScheduleSpec):
    about = "The rate drops at once, every few epochs."
    kind: Literal["step"] = "step"
    factor: FactorKnob = 0.5
    every: int = Field(2, ge=1, le=100, title="Every … epochs", description="Epochs between two drops.")

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]]:
        return "ExponentialDecay", {
            "initial_learning_rate": rate,
            "decay_steps": self.every * steps_per_epoch,
            "decay_rate": self.factor,
            "staircase": True,
        }

    def share_left(self, epochs: int) -> float:
        return float(self.factor ** ((epochs - 1) // self.every))


class Exponential(ScheduleSpec):
    about = "The rate shrinks a little at every step."
    kind: Literal["exponential"] = "exponential"
    factor: FactorKnob = 0.8

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]]:
        return "ExponentialDecay", {
            "initial_learning_rate": rate,
            "decay_steps": steps_per_epoch,
            "decay_rate": self.factor,
        }

    def share_left(self, epochs: int) -> float:
        return float(self.factor ** (epochs - 1))


class Cosine(ScheduleSpec):
    about = "The rate falls along half a wave, slowly at both ends."
    kind: Literal["cosine"] = "cosine"
    final_share: float = Field(
        0.0, ge=0, le=1, title="Final share", description="What is left of the learning rate at the end."
    )

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]]:
        return "CosineDecay", {
            "initial_learning_rate": rate,
            "decay_steps": epochs * steps_per_epoch,
            "alpha": self.final_share,
        }


class WarmUp(ScheduleSpec):
    about = "The rate climbs from zero, then stays."
    climbs = True
    kind: Literal["warm_up"] = "warm_up"
    warm_up_epochs: float = Field(
        1.0, gt=0, le=100, title="Warm-up epochs", description="How long the rate climbs from zero to its value."
    )

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]]:
        return "CosineDecay", {
            "initial_learning_rate": 0.0,
            "decay_steps": 1,
            "alpha": 1.0,  # no decay after the climb
            "warmup_target": rate,
            "warmup_steps": max(1, round(self.warm_up_epochs * steps_per_epoch)),
        }


class OneCycle(ScheduleSpec):
    about = "The rate climbs to its peak, then falls to nothing (Smith 2018)."
    climbs = True
    kind: Literal["one_cycle"] = "one_cycle"
    warm_up_share: float = Field(
        0.3, gt=0, lt=1, title="Share of climbing", description="Share of all steps in which the rate climbs."
    )
    start_divisor: float = Field(
        25.0, ge=1, le=1000, title="Start divisor", description="The rate starts at its peak divided by this."
    )

    def keras_call(self, rate: float, steps_per_epoch: int, epochs: int) -> tuple[str, dict[str, Any]]:
        steps = epochs * steps_per_epoch
        climbing = max(1, round(self.warm_up_share * steps))
        return "CosineDecay", {
            "initial_learning_rate": rate / self.start_divisor,
            "decay_steps": max(1, steps - climbing),
            "warmup_target": rate,
            "warmup_steps": climbing,
        }


class ReduceOnPlateau(ScheduleSpec):
    about = "The rate drops when the watched loss stops falling."
    is_planned = False
    kind: Literal["reduce_on_plateau"] = "reduce_on_plateau"
    factor: FactorKnob = 0.5
    patience: int = Field(2, ge=1, le=100, title="Patience", description="Epochs without improvement before a drop.")


SCHEDULES: tuple[type[ScheduleSpec], ...] = (Constant, Step, Exponential, Cosine, WarmUp, OneCycle, ReduceOnPlateau)
SCHEDULES_BY_KIND: dict[str, type[ScheduleSpec]] = {kind.model_fields["kind"].default: kind for kind in SCHEDULES}

Schedule = Annotated[
    Constant | Step | Exponential | Cosine | WarmUp | OneCycle | ReduceOnPlateau,
    Field(discriminator="kind"),
]
