"""Resource limits of a server, set by environment variables; each is named in the error when it is reached."""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cnn_core.architecture.anatomy import Anatomy, compute_anatomy
from cnn_core.architecture.limits import BYTES_PER_VALUE, PARAMETERS_AT_MOST
from cnn_core.errors import LimitReached
from cnn_core.experiment import Experiment
from cnn_core.runs.disk import disk_use

_GB = 10**9
_MEMORY_SHARE = 0.8


@dataclass(frozen=True)
class Limits:
    """Server limits: `waiting` queued runs per owner; `free_disk` and `runs_disk` in bytes, 0 for no limit."""

    epochs: int = 1000
    parameters: int = PARAMETERS_AT_MOST
    waiting: int = 100
    free_disk: int = _GB // 2
    runs_disk: int = 0


def read_limits() -> Limits:
    """CNN_LAB_MAX_EPOCHS, _MAX_PARAMETERS, _MAX_WAITING, _MIN_FREE_GB and _MAX_RUNS_GB, where they are set."""
    return Limits(
        epochs=int(_number("CNN_LAB_MAX_EPOCHS", Limits.epochs)),
        parameters=int(_number("CNN_LAB_MAX_PARAMETERS", Limits.parameters)),
        waiting=int(_number("CNN_LAB_MAX_WAITING", Limits.waiting)),
        free_disk=int(_number("CNN_LAB_MIN_FREE_GB", Limits.free_disk / _GB) * _GB),
        runs_disk=int(_number("CNN_LAB_MAX_RUNS_GB", Limits.runs_disk / _GB) * _GB),
    )


def check_limits(experiment: Experiment, waiting: int, runs_dir: Path, limits: Limits) -> None:
    """Raises `LimitReached` with the limit, what was asked for, and what to do. `waiting`: the owner's runs in line."""
    check_epochs(experiment.training.epochs, limits)
    if waiting >= limits.waiting:
        raise LimitReached(
            "{waiting} of your runs are waiting already, and this server allows {most}. Take some out of the "
            "line on the Runs page, or wait until some are through.",
            waiting=waiting,
            most=limits.waiting,
        )
    anatomy = compute_anatomy(experiment.architecture)
    if anatomy.parameters > limits.parameters:
        raise LimitReached(
            "This network has {parameters:,} parameters; this server allows {most:,}. Use fewer filters or "
            "units, or pool before Flatten.",
            parameters=anatomy.parameters,
            most=limits.parameters,
        )
    _check_memory(anatomy, experiment.training.batch_size)
    _check_disk(runs_dir, limits)


def check_epochs(epochs: int, limits: Limits) -> None:
    """`epochs` are all that a run shall have. Raises `LimitReached`."""
    if epochs > limits.epochs:
        raise LimitReached(
            "{epochs:,} epochs are more than this server allows ({most:,}). Ask for fewer.",
            epochs=epochs,
            most=limits.epochs,
        )


def estimate_memory(anatomy: Anatomy, batch_size: int) -> int:
    """Bytes that training needs, roughly: weights, gradients, two optimizer slots, each output with its gradient."""
    outputs = sum(row.activation_bytes for row in anatomy.rows)
    return 4 * BYTES_PER_VALUE * anatomy.parameters + 2 * batch_size * outputs


def _check_memory(anatomy: Anatomy, batch_size: int) -> None:
    needed, free = estimate_memory(anatomy, batch_size), _free_memory()
    if free is not None and needed > free * _MEMORY_SHARE:
        raise LimitReached(
            "Training this network with batches of {batch_size:,} needs about {needed:.1f} GB of memory; "
            "{free:.1f} GB are free here. Use a smaller batch, fewer filters, or pooling.",
            batch_size=batch_size,
            needed=needed / _GB,
            free=free / _GB,
        )


def _check_disk(runs_dir: Path, limits: Limits) -> None:
    place = next((p for p in (runs_dir, *runs_dir.parents) if p.exists()), runs_dir)
    free = shutil.disk_usage(place).free
    if free < limits.free_disk:
        raise LimitReached(
            "Only {free:.1f} GB are free on the disk of the runs; {kept:.1f} GB are kept free. Delete runs "
            "on the Runs page and empty its trash.",
            free=free / _GB,
            kept=limits.free_disk / _GB,
        )
    if limits.runs_disk and (used := disk_use(runs_dir)) > limits.runs_disk:
        raise LimitReached(
            "The runs take {used:.1f} GB; this server allows {most:.1f} GB. Delete runs on the Runs page and "
            "empty its trash.",
            used=used / _GB,
            most=limits.runs_disk / _GB,
        )


def _free_memory() -> int | None:
    """Available memory in bytes, or None if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = dict(line.split(":", 1) for line in lines if ":" in line)
    available = sizes.get("MemAvailable", "").split()
    return int(available[0]) * 1024 if available else None


def _number(name: str, default: float) -> float:
    try:
        number = float(os.environ.get(name) or default)
    except ValueError:
        return default
    return number if math.isfinite(number) else default
