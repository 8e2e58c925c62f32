"""Controlled comparisons: what else differs between two contenders, and the experiment that removes it."""

from __future__ import annotations

from cnn_core.comparison.contenders import Contender
from cnn_core.comparison.table import list_training_fields, read_settings
from cnn_core.experiment import Experiment
from cnn_core.experiment.variant_name import name_variant


def list_other_differences(best: Contender, other: Contender) -> list[str]:
    """Names of the settings besides the network that differ; empty for a controlled comparison.

    With equal networks one setting may differ: it is what is compared.
    """
    mine, theirs = read_settings(best), read_settings(other)
    differing = [name for name in ("dataset", *list_training_fields()) if mine[name] != theirs[name]]
    same_network = mine["network"] == theirs["network"]
    return [] if same_network and len(differing) == 1 else differing


def build_controlled(best: Contender, other: Contender) -> Experiment:
    """The other contender's network with the dataset and the training settings of the best one.

    Raises `SpecError` if the network can't be trained so.
    """
    training = best.experiment.training
    changes = {name: getattr(training, name) for name in list_training_fields()}
    moved = other.experiment.on_dataset(best.experiment.dataset)
    return name_variant(moved.with_training(**changes, seed=training.seed))
