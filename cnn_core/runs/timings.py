"""How long recent runs took on this computer, phase by phase: what later estimates are corrected by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from cnn_core.experiment import Experiment
from cnn_core.runs.history import History
from cnn_core.runs.locked_folder import write_atomically

FILE_NAME = ".timings.json"
KEPT = 40  # runs
_UNDISTURBED = ("pause", "step", "stop", "restart", "epochs", "optimizer")

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RunTiming(BaseModel):
    """Seconds of a completed run, in phases.

    launch: from the executor's decision to the running worker; `warm`: the worker had been waiting, and launch is None
    if it was still loading TensorFlow. prepare: data, network, tracing. first: what the first epoch took beyond the
    others. epoch: median of the epochs, evaluation included. calibrated: an epoch by calibration alone. finish: from
    the last epoch to the saved model.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: str
    samples: Annotated[int, Field(ge=1)]
    warm: bool
    launch: Seconds | None
    prepare: Seconds
    first: Seconds
    epoch: Seconds
    finish: Seconds
    calibrated: Seconds | None = None


_ADAPTER = TypeAdapter(tuple[RunTiming, ...])


def name_task(experiment: Experiment) -> str:
    """The same for experiments whose epochs take the same time, given the same number of images."""
    training, architecture = experiment.training, experiment.architecture
    parts = [
        architecture.model_dump_json(exclude={"name"}),
        experiment.dataset,
        training.batch_size,
        training.precision,
        training.optimizer.kind,
        bool(training.validation_split),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def measure_timing(
    experiment: Experiment, history: History, given: float | None, warm: bool, calibrated: float | None = None
) -> RunTiming | None:
    """`given` is when a worker that was new, or ready, got the run. None for a run that was not completed in one go."""
    plan = history.plan
    changes = {event["what"] for event in history.interventions}
    if history.state != "completed" or plan is None or not history.epochs or changes.intersection(_UNDISTURBED):
        return None
    if plan.first_epoch != 1 or history.started is None or history.download:
        return None
    seconds = [event["seconds"] for event in history.epochs]
    later = sorted(seconds[1:]) or seconds
    usual = later[len(later) // 2]
    return RunTiming(
        task=name_task(experiment),
        samples=plan.samples,
        warm=warm,
        launch=None if given is None else max(0.0, history.started - given),
        prepare=max(0.0, history.planned - history.started),
        first=max(0.0, seconds[0] - usual),
        epoch=usual,
        finish=max(0.0, history.last_time - history.epochs[-1]["time"]),
        calibrated=calibrated,
    )


def read_timings(runs_dir: Path) -> tuple[RunTiming, ...]:
    """The newest last; empty before there are any, and where they can't be read."""
    try:
        return _ADAPTER.validate_json((runs_dir / FILE_NAME).read_bytes())
    except (OSError, ValidationError):
        return ()


def keep_timing(runs_dir: Path, timing: RunTiming, before: Sequence[RunTiming]) -> None:
    """Writes `before` and the new one. Raises `OSError`."""
    write_atomically(runs_dir / FILE_NAME, _ADAPTER.dump_json((*before, timing)[-KEPT:]).decode())
