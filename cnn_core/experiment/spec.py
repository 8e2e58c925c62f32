"""An experiment: an architecture, a dataset and a training config. One execution of it is a run."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET, DatasetName
from cnn_core.errors import InvalidValue, explain_validation
from cnn_core.experiment.training import TrainingConfig
from cnn_core.experiment.versions import upgrade_experiment
from cnn_core.plain_text import PlainName


class Experiment(BaseModel):
    """An architecture, a dataset, and a training config: all that a run depends on. Round-trips through JSON.

    Example:
        >>> experiment = find_recipe("R5").experiment.on_dataset("digits").with_training(epochs=2)
        >>> Experiment.model_validate_json(experiment.model_dump_json()) == experiment
        True
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[2] = 2  # see cnn_core.experiment.versions
    name: PlainName = Field("experiment", min_length=1, max_length=80)
    recipe: str | None = None  # id of the published recipe this came from, if any
    architecture: ArchitectureSpec
    dataset: DatasetName = DEFAULT_DATASET
    training: TrainingConfig = TrainingConfig()

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, data: Any) -> Any:
        return upgrade_experiment(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _pictures_fit_the_network(self) -> Experiment:
        pictures, wanted = DATASETS[self.dataset].image_shape, self.architecture.input_shape
        if pictures != wanted:
            raise InvalidValue(
                "The pictures of {dataset} are {pictures}, but the network takes {wanted}; change its input.",
                dataset=self.dataset,
                pictures=pictures,
                wanted=wanted,
            )
        return self

    @property
    def fingerprint(self) -> str:
        """Equal for repeats that differ only in name or seed: such runs share one color and marker."""
        facts = self.model_dump(mode="json", exclude={"name": True, "recipe": True, "training": {"seed"}})
        facts["architecture"].pop("name")
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]

    def on_dataset(self, dataset: DatasetName) -> Experiment:
        """The same experiment on another dataset: its input shape follows, and other hands go where digits do."""
        architecture = self.architecture.with_input(DATASETS[dataset].image_shape)
        training = self.training
        if not DATASETS[dataset].holds_digits:
            training = training.model_copy(update={"synthetic_samples": 0})
        return self.model_copy(update={"dataset": dataset, "architecture": architecture, "training": training})

    def with_training(self, **changes: object) -> Experiment:
        """The same experiment with training fields changed; raises `SpecError` for a value out of range."""
        try:
            training = TrainingConfig.model_validate(self.training.model_dump() | changes)
        except ValidationError as error:
            raise explain_validation(error) from error
        return self.model_copy(update={"training": training})
