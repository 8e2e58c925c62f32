"""Versions of a written experiment: `experiment.json`, links, sweeps and lessons hold it."""

from __future__ import annotations

from typing import Any

from cnn_core.errors import NewerVersion

EXPERIMENT_VERSION = 2


def upgrade_experiment(data: dict[str, Any]) -> dict[str, Any]:
    """An experiment of any earlier version as today's. Raises `NewerVersion`.

    Version 1 called `synthetic_samples` `other_hands`. A file without a version was written by hand; either
    name counts there.
    """
    version = data.get("version", EXPERIMENT_VERSION)
    if isinstance(version, int) and version > EXPERIMENT_VERSION:
        raise NewerVersion.of("experiment", version, EXPERIMENT_VERSION)
    if version not in (1, EXPERIMENT_VERSION):
        return data
    training = data.get("training")
    if isinstance(training, dict) and "other_hands" in training:
        training = {("synthetic_samples" if key == "other_hands" else key): value for key, value in training.items()}
        data = data | {"training": training}
    return data | {"version": EXPERIMENT_VERSION}
