"""Checkpoints: complete training state after an epoch, for bit-identical resume.

A checkpoint is one file, `epoch-0003.npz`: weights, states of random generators (which `.keras` files leave out),
the optimizer's variables, and as JSON the counters of callbacks and what was changed by hand.
It is written beside its place, flushed to the disk and renamed: a crash leaves the old one or the new one, never half.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnn_core.data.datasets.npz import read_npz
from cnn_core.errors import ModelError

if TYPE_CHECKING:
    pass

KEPT = 2  # the last ones; the best is kept as well


@dataclass(frozen=True)
class Checkpoint:
    """`epoch` counts from 1. `facts` is JSON; arrays are float32 or what Keras keeps them as."""

    epoch: int
    weights: list[np.ndarray]
    states: list[np.ndarray]
    optimizer: list[np.ndarray]
    facts: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Raises `OSError` where the disk is full or read-only; what was there stays as it was."""
    folder.mkdir(exist_ok=True)
    path = folder / f"epoch-{checkpoint.epoch:04d}.npz"
    part = path.with_suffix(".part")
    groups = {"w": checkpoint.weights, "s": checkpoint.states, "o": checkpoint.optimizer}
    arrays = {f"{letter}{i:04d}": array for letter, group in groups.items() for i, array in enumerate(group)}
    facts = np.frombuffer(json.dumps(checkpoint.facts).encode(), np.uint8)
    try:
        with part.open("wb") as file:
            np.savez(file, facts=facts, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _flush_folder(folder)
    return path


def prune(folder: Path, best: int) -> None:
    """Keeps the last two checkpoints and the best one."""
    epochs = list_checkpoints(folder)
    for epoch in set(epochs[:-KEPT]) - {best}:
        (folder / f"epoch-{epoch:04d}.npz").unlink(missing_ok=True)
    for part in folder.glob("*.part"):
        part.unlink(missing_ok=True)


def list_checkpoints(folder: Path) -> list[int]:
    """The epochs there are checkpoints of, ascending."""
    names = (re.fullmatch(r"epoch-(\d+)\.npz", path.name) for path in folder.glob("epoch-*.npz"))
    return sorted(int(match[1]) for match in names if match)


def load_checkpoint(folder: Path, epoch: int) -> Checkpoint:
    """Raises `ModelError` for one that is damaged."""
    path = folder / f"epoch-{epoch:04d}.npz"
    try:
        arrays = read_npz(path)
        facts = json.loads(arrays.pop("facts").tobytes())
        if not isinstance(facts, dict):
            raise ValueError("facts")
    except (ValueError, KeyError, MemoryError, RecursionError) as error:  # of the archive, or of its JSON
        raise ModelError(
            "The checkpoint of epoch {epoch} can't be read from {path}.", epoch=epoch, path=path
        ) from error
    weights, states, optimizer = ([v for k, v in arrays.items() if k[0] == letter] for letter in "wso")
    return Checkpoint(epoch, weights, states, optimizer, facts)


def load_latest_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest one that can be read, or None."""
    for epoch in reversed(list_checkpoints(folder)):
        try:
            return load_checkpoint(folder, epoch)
        except ModelError:
            continue
    return None


def _flush_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders, and needs no flush
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
