"""Training config with Keras's names, validated by pydantic."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cnn_core.errors import InvalidValue
from cnn_core.experiment.optimizers import Adam, Optimizer
from cnn_core.experiment.schedules import Constant, Schedule

Loss = Literal["categorical_crossentropy", "sparse_categorical_crossentropy", "mse", "kl_divergence"]
Scaling = Literal["unit", "raw"]
ClassWeight = Literal["none", "balanced"]
Precision = Literal["float32", "mixed_bfloat16"]

EVALUATION_BATCH = 500  # images; affects speed, not results


class TrainingConfig(BaseModel):
    """Everything `compile` and `fit` need. Raises `pydantic.ValidationError` for a value out of range.

    Example:
        >>> TrainingConfig(epochs=3, batch_size=32).epochs
        3
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    optimizer: Optimizer = Field(
        Adam(), title="Optimizer", description="The rule that turns gradients into weight changes."
    )
    learning_rate: float = Field(
        0.001, gt=0, le=10, title="Learning rate", description="How large each weight change is."
    )
    schedule: Schedule = Field(
        Constant(), title="Schedule", description="How the learning rate moves while training goes on."
    )
    clip_norm: float = Field(
        0.0,
        ge=0,
        le=1000,
        title="Gradient clipping",
        description="A step whose gradient is longer than this (all weights together) is shortened to it; 0: never.",
    )
    loss: Loss = Field(
        "categorical_crossentropy",
        title="Loss",
        description="What training makes small: how far the probabilities are from the label.",
    )
    label_smoothing: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Label smoothing",
        description="Share of each label that is spread over all classes; only with categorical_crossentropy.",
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
    train_share: float = Field(
        1.0,
        gt=0,
        le=1,
        title="Share of the training data",
        description="How much of the training set is used, from its beginning on.",
    )
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Label noise",
        description="Share of the training labels that are replaced by a wrong one.",
    )
    synthetic_samples: int = Field(
        0,
        ge=0,
        le=30_000,
        title="Pictures of other hands",
        description="Digits in our own pen strokes and coarse scans, added to the training images: how people write "
        "who are not among the data set's writers.",
    )
    class_weight: ClassWeight = Field(
        "none",
        title="Class weights",
        description="balanced: a rare class counts as much as a frequent one.",
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=1000,
        title="Early stopping",
        description="Stop after this many epochs without a lower watched loss; 0: never.",
    )
    restore_best: bool = Field(
        False,
        title="Restore the best epoch",
        description="Keep the weights of the epoch with the lowest watched loss instead of the last.",
    )
    precision: Precision = Field(
        "float32",
        title="Precision",
        description="mixed_bfloat16 computes with 16-bit numbers where the processor is faster with them.",
    )
    seed: int = Field(
        1337,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="The same seed on the same machine gives the same run.",
    )

    @model_validator(mode="after")
    def _smoothing_has_an_effect(self) -> TrainingConfig:
        if self.label_smoothing and self.loss != "categorical_crossentropy":
            raise InvalidValue(
                "label_smoothing works with categorical_crossentropy only; set it to 0 or change the loss"
            )
        return self

    def steps_per_epoch(self, images: int) -> int:
        """Steps of one epoch over a training set of that many images, share and held-out part considered."""
        return -(-self.count_samples(images) // self.batch_size)

    def count_samples(self, images: int) -> int:
        """Images that are trained on, of a training set of `images`; at least one."""
        return max(1, int(self.count_used(images) * (1 - self.validation_split)))

    def count_used(self, images: int) -> int:
        """Images of the share that is used, those held out and those of other hands among them."""
        return max(1, int(images * self.train_share)) + self.synthetic_samples
