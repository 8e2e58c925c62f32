"""Keras's optimizers as plain data: its class names, its knobs, its defaults."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MomentumKnob = Annotated[
    float,
    Field(ge=0, lt=1, title="Momentum", description="Share of the last weight change that is carried into the next."),
]
Beta1Knob = Annotated[
    float,
    Field(ge=0, lt=1, title="β₁", description="How slowly the running mean of the gradients forgets."),
]
Beta2Knob = Annotated[
    float,
    Field(ge=0, lt=1, title="β₂", description="How slowly the running mean of the squared gradients forgets."),
]
RhoKnob = Annotated[
    float,
    Field(ge=0, lt=1, title="ρ", description="How slowly the running mean of the squared gradients forgets."),
]
EpsilonKnob = Annotated[
    float,
    Field(gt=0, le=1, title="ε", description="Added to the divisor, so that it is never zero."),
]


class OptimizerSpec(BaseModel):
    """`default_rate` is Keras's default learning rate, `paper_rate` that of the paper where it is far higher."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    default_rate: ClassVar[float] = 0.001
    paper_rate: ClassVar[float | None] = None


class SGD(OptimizerSpec):
    default_rate = 0.01
    kind: Literal["SGD"] = "SGD"
    momentum: MomentumKnob = 0.0
    nesterov: bool = Field(False, title="Nesterov", description="Look ahead along the momentum before measuring.")


class RMSprop(OptimizerSpec):
    kind: Literal["RMSprop"] = "RMSprop"
    rho: RhoKnob = 0.9
    momentum: MomentumKnob = 0.0
    centered: bool = Field(False, title="Centered", description="Divide by the variance instead of the mean square.")
    epsilon: EpsilonKnob = 1e-7


class Adam(OptimizerSpec):
    kind: Literal["Adam"] = "Adam"
    beta_1: Beta1Knob = 0.9
    beta_2: Beta2Knob = 0.999
    epsilon: EpsilonKnob = 1e-7
    amsgrad: bool = Field(False, title="AMSGrad", description="Never let the divisor shrink again.")


class AdamW(OptimizerSpec):
    kind: Literal["AdamW"] = "AdamW"
    weight_decay: float = Field(
        0.004, ge=0, le=1, title="Weight decay", description="Share of each weight that every step takes away."
    )
    beta_1: Beta1Knob = 0.9
    beta_2: Beta2Knob = 0.999
    epsilon: EpsilonKnob = 1e-7


class Nadam(OptimizerSpec):
    kind: Literal["Nadam"] = "Nadam"
    beta_1: Beta1Knob = 0.9
    beta_2: Beta2Knob = 0.999
    epsilon: EpsilonKnob = 1e-7


class Adagrad(OptimizerSpec):
    paper_rate = 0.01
    kind: Literal["Adagrad"] = "Adagrad"
    initial_accumulator_value: float = Field(
        0.1, ge=0, le=10, title="Initial accumulator", description="What the sum of squared gradients starts with."
    )
    epsilon: EpsilonKnob = 1e-7


class Adadelta(OptimizerSpec):
    paper_rate = 1.0
    kind: Literal["Adadelta"] = "Adadelta"
    rho: RhoKnob = 0.95
    epsilon: EpsilonKnob = 1e-7


class Adamax(OptimizerSpec):
    kind: Literal["Adamax"] = "Adamax"
    beta_1: Beta1Knob = 0.9
    beta_2: Beta2Knob = 0.999
    epsilon: EpsilonKnob = 1e-7


OPTIMIZERS: tuple[type[OptimizerSpec], ...] = (Adam, RMSprop, SGD, AdamW, Nadam, Adagrad, Adadelta, Adamax)
OPTIMIZERS_BY_KIND: dict[str, type[OptimizerSpec]] = {kind.model_fields["kind"].default: kind for kind in OPTIMIZERS}
_BY_LOWER_CASE = {kind.lower(): kind for kind in OPTIMIZERS_BY_KIND}


def _from_name(value: Any) -> Any:
    """Converts Keras's short names ("adam") to the class with defaults."""
    if isinstance(value, str) and value.lower() in _BY_LOWER_CASE:
        return {"kind": _BY_LOWER_CASE[value.lower()]}
    return value


Optimizer = Annotated[
    Annotated[
        SGD | RMSprop | Adam | AdamW | Nadam | Adagrad | Adadelta | Adamax,
        Field(discriminator="kind"),
    ],
    BeforeValidator(_from_name),
]


def optimizer_arguments(optimizer: Optimizer, clip_norm: float) -> dict[str, Any]:
    """Keyword arguments of the Keras class `optimizer.kind`, the learning rate left out."""
    clipping = {"global_clipnorm": clip_norm} if clip_norm else {}
    return optimizer.model_dump(exclude={"kind"}) | clipping
