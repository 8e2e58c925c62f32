"""Sweep specs: base experiment, parameters with values, and search strategy.

docs/sweeps.md describes the JSON with an example. Ranges and defaults live in the fields, as everywhere.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.errors import InvalidValue, NewerVersion
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import find_recipe
from cnn_core.plain_text import PlainLine
from cnn_core.sweeps.knobs import Value

_STEPS_AT_MOST = 100_000
_LARGEST = 1e15
RangeEnd = Annotated[int | float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False)]
Method = Literal["bayesian", "random", "grid"]
Metric = Literal["validation", "test"]


class Base(BaseModel):
    """A recipe's short name or id, or a whole experiment; `dataset` puts it on other images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: str | None = None
    experiment: Experiment | None = None
    dataset: DatasetName | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Base:
        if (self.recipe is None) == (self.experiment is None):
            raise InvalidValue("base: give either a recipe or an experiment")
        return self

    def resolve(self) -> Experiment:
        """Raises `SpecError` for a recipe that there is not."""
        found = self.experiment or find_recipe(self.recipe or "").experiment
        return found.on_dataset(self.dataset) if self.dataset else found


class Knob(BaseModel):
    """One knob and the values it may have: `choices`, or a range from `low` to `high`.

    A range is searched evenly, or evenly in its logarithm with `log`; with `step` only low, low + step, … are taken. A
    grid without a step takes `points` values of it, both ends among them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, max_length=120)
    choices: tuple[Value, ...] = Field((), max_length=100)
    low: RangeEnd | None = Field(None, title="From", description="The smallest value.")
    high: RangeEnd | None = Field(None, title="To", description="The largest value.")
    log: bool = Field(
        False,
        title="Logarithmic",
        description="As many values between 0.001 and 0.01 as between 0.01 and 0.1; for learning rates and the like.",
    )
    step: float | None = Field(
        None, gt=0, allow_inf_nan=False, title="Step", description="Only every so-manieth value; empty: all of them."
    )
    points: int = Field(3, ge=2, le=50, title="Points", description="How many values a grid takes.")

    @model_validator(mode="after")
    def _values_are_clear(self) -> Knob:
        if self.choices:
            if (self.low, self.high) != (None, None):
                raise InvalidValue("{path}: give either choices or a range from low to high", path=self.path)
            if len(set(map(repr, self.choices))) < len(self.choices):
                raise InvalidValue("{path}: a value is there twice; remove one", path=self.path)
            return self
        if self.low is None or self.high is None:
            raise InvalidValue("{path}: give choices, or a range with low and high", path=self.path)
        if self.low >= self.high:
            raise InvalidValue(
                "{path}: {low:g} – {high:g} is no range; the first must be smaller",
                path=self.path,
                low=self.low,
                high=self.high,
            )
        if self.step and self.high - self.low > _STEPS_AT_MOST * self.step:
            raise InvalidValue(
                "{path}: a step of {step:g} divides the range into more than {most:,} values; choose a larger step",
                path=self.path,
                step=self.step,
                most=_STEPS_AT_MOST,
            )
        if self.log and self.low <= 0:
            raise InvalidValue("{path}: a logarithmic range begins above 0", path=self.path)
        if self.log and self.step:
            raise InvalidValue("{path}: a logarithmic range has no step; leave one of them out", path=self.path)
        return self


class Pruning(BaseModel):
    """The median rule: a trial whose best epoch is below the median of the finished trials at that epoch is stopped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        True,
        title="Stop hopeless trials early",
        description="A trial is stopped when its best epoch is worse than the median of the finished trials so far.",
    )
    warm_up: int = Field(
        1, ge=1, le=1000, title="Warm-up epochs", description="No trial is stopped before it has had that many epochs."
    )
    startup_trials: int = Field(
        4, ge=1, le=1000, title="Trials to go through", description="That many must be finished before one is stopped."
    )


SWEEP_VERSION = 2
_RENAMED_PATHS = {"training.other_hands": "training.synthetic_samples"}  # by version 2


def rename_path(path: str) -> str:
    """The path of a setting as it is called today."""
    return _RENAMED_PATHS.get(path, path)


def upgrade_sweep(data: dict[str, Any]) -> dict[str, Any]:
    """A sweep of version 1 as today's: the settings it searches have their new names."""
    knobs = data.get("knobs")
    if isinstance(knobs, (list, tuple)):
        knobs = [
            knob | {"path": rename_path(str(knob.get("path")))} if isinstance(knob, dict) and "path" in knob else knob
            for knob in knobs
        ]
        data = data | {"knobs": knobs}
    return data | {"version": SWEEP_VERSION} if data.get("version", 1) == 1 else data


class SweepSpec(BaseModel):
    """Search space and strategy of a sweep. Raises `pydantic.ValidationError`; `build_space` checks the parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[2] = 2
    name: PlainLine = Field(
        "", max_length=60, title="Name", description="What the sweep is called; empty: its base's name."
    )
    base: Base
    knobs: tuple[Knob, ...] = Field(min_length=1, max_length=20)
    method: Method = Field(
        "random",
        title="Method",
        description="How values are chosen: the promising ones (Bayesian), by chance, or all combinations (grid).",
    )
    trials: int = Field(
        20, ge=1, le=1000, title="Trials", description="How many runs; a grid makes as many as it has combinations."
    )
    epochs: int = Field(2, ge=1, le=1000, title="Epochs", description="How long each trial trains.")
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="The same seed proposes the same values.")
    include_base: bool = Field(
        True, title="Try the base first", description="The base itself is trial 0, so that the gain can be seen."
    )
    metric: Metric = Field(
        "validation",
        title="Chosen by",
        description="The accuracy that decides. By the test set the best would be chosen by what it is tested with, "
        "and look better than it is.",
    )
    validation_split: float = Field(
        0.1,
        gt=0,
        lt=1,
        title="Validation split",
        description="Share of the training images held out to choose by, where the base holds none out.",
    )
    pruning: Pruning = Pruning()

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        version = data.get("version", SWEEP_VERSION)
        if isinstance(version, int) and version > SWEEP_VERSION:
            raise NewerVersion.of("sweep", version, SWEEP_VERSION)
        return upgrade_sweep(data)

    @model_validator(mode="before")
    @classmethod
    def _pruning_may_be_a_switch(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("pruning"), bool):
            return data | {"pruning": {"enabled": data["pruning"]}}
        return data

    @model_validator(mode="after")
    def _paths_are_unique(self) -> SweepSpec:
        paths = [knob.path for knob in self.knobs]
        twice = next((path for path in paths if paths.count(path) > 1), None)
        if twice:
            raise InvalidValue("The knob {twice} is there twice; remove one.", twice=twice)
        return self
