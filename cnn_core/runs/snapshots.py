"""Weights as they were after each epoch, in half precision: what the views of a network in training read."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cnn_core.data.npz import UNREADABLE_NPZ
from cnn_core.errors import ModelError


def save_snapshot(folder: Path, epoch: int, weights: list[np.ndarray]) -> Path:
    """Writes `epoch-0003.npz`; epoch 0 is the untrained network. `weights` in the order of `model.get_weights()`."""
    folder.mkdir(exist_ok=True)
    path = folder / f"epoch-{epoch:04d}.npz"
    part = path.with_suffix(".part.npz")
    with np.errstate(over="ignore"):  # a diverged network's weights become infinite, which is the truth
        halves = {f"w{i:03d}": weight.astype(np.float16) for i, weight in enumerate(weights)}
    np.savez_compressed(part, **halves)  # type: ignore[arg-type]
    part.replace(path)
    return path


def list_snapshots(folder: Path) -> list[int]:
    """The epochs there are weights of, ascending."""
    names = (re.fullmatch(r"epoch-(\d+)\.npz", path.name) for path in folder.glob("epoch-*.npz"))
    return sorted(int(match[1]) for match in names if match)


def load_snapshot(folder: Path, epoch: int) -> list[np.ndarray]:
    """float32 arrays in the order of `model.get_weights()`. Raises `ModelError`."""
    path = folder / f"epoch-{epoch:04d}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return [file[key].astype(np.float32) for key in sorted(file.files)]
    except UNREADABLE_NPZ as error:
        raise ModelError(f"The weights of epoch {epoch} can't be read from {path}.") from error
