"""Documents of older formats → today's: one pure function per kind of document and version.

Each takes the parsed JSON and returns it in the next version's form. Nothing on disk is rewritten. The experiment has a
module of its own, `cnn_core.experiment.versions`, because links and sweeps hold experiments too.
"""

from __future__ import annotations

from typing import Any

METADATA_VERSION = 2  # run.json
TRAINING_STATE_VERSION = 2  # inside a checkpoint
SETTINGS_VERSION = 2  # own/settings.json


def upgrade_event(event: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had no `v` and called `layer_stats` events `layers`."""
    if event.get("v", 1) == 1 and event.get("type") == "layers":
        return event | {"type": "layer_stats"}
    return event


def upgrade_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of a fine-tuned run's settings called `settings` `wish`, and `held_out_ids` `judges`."""
    if settings.get("version", 1) != 1:
        return settings
    renamed = {"wish": "settings", "judges": "held_out_ids"}
    return {renamed.get(name, name): value for name, value in settings.items()} | {"version": 2}


def upgrade_evaluation(evaluation: dict[str, Any]) -> dict[str, Any]:
    """Version 1 of a fine-tuned run's evaluation called `held_out` `judges`, by "before" and "after"."""
    renamed = {"judges": "held_out"}
    return {
        when: {renamed.get(name, name): value for name, value in found.items()} if isinstance(found, dict) else found
        for when, found in evaluation.items()
    }
