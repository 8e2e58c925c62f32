"""How a network learns, as plain data: Keras's names, checked by pydantic."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Optimizer = Literal["adam", "rmsprop", "sgd"]
Loss = Literal["categorical_crossentropy", "mse"]
Scaling = Literal["unit", "raw"]

# What Keras calls their classes.
OPTIMIZER_CLASSES: dict[Optimizer, str] = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
# Keras's own default learning rates, for the optimizers above.
DEFAULT_LEARNING_RATES: dict[Optimizer, float] = {"adam": 0.001, "rmsprop": 0.001, "sgd": 0.01}


class TrainingConfig(BaseModel):
    """Everything `compile` and `fit` need. Raises `pydantic.ValidationError` for a value out of range."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    optimizer: Optimizer = Field(
        "adam", title="Optimizer", description="The rule that turns gradients into weight changes."
    )
    learning_rate: float = Field(
        0.001, gt=0, le=10, title="Learning rate", description="How large each weight change is."
    )
    loss: Loss = Field(
        "categorical_crossentropy",
        title="Loss",
        description="What training makes small: how far the probabilities are from the one-hot label.",
    )
    batch_size: int = Field(
        64, ge=1, le=8192, title="Batch size", description="Images seen before each weight change (one step)."
    )
    epochs: int = Field(5, ge=1, le=1000, title="Epochs", description="How many times the whole training set is seen.")
    input_scaling: Scaling = Field(
        "unit",
        title="Input scaling",
        description="unit: pixels divided by 255, so 0–1. raw: pixels stay 0–255.",
    )
    validation_split: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Validation split",
        description="Share of the training images held out to watch. At 0 the test set is watched instead.",
    )
    seed: int = Field(
        1337,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="The same seed on the same machine gives the same run.",
    )
