"""Weight snapshots in half precision.

`epoch-0003.npz` after an epoch (0: untrained), `step-000010.npz` after an early step, `live.npz` the newest ones.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from cnn_core.data.datasets.npz import UnreadableNpz, read_npz
from cnn_core.errors import ModelError

EARLY_STEPS = (1, 10, 100)
EPOCHS_AT_MOST = 50
LIVE_NAME = "live.npz"


def save_snapshot(folder: Path, epoch: int, weights: list[np.ndarray]) -> Path:
    """Writes `epoch-0003.npz`. `weights` in the order of `model.get_weights()`."""
    return _save(folder / f"epoch-{epoch:04d}.npz", weights)


def save_early_step(folder: Path, step: int, weights: list[np.ndarray]) -> Path:
    """Writes `step-000010.npz`; steps count from 1."""
    return _save(folder / f"step-{step:06d}.npz", weights)


def save_live_weights(folder: Path, weights: list[np.ndarray]) -> Path:
    """Writes `live.npz`, uncompressed: it is read once and replaced within a second or so."""
    return _save(folder / LIVE_NAME, weights, compress=False)


def thin_snapshots(folder: Path) -> None:
    """Keeps about 50 epochs, evenly spaced, and the last one."""
    epochs = list_snapshots(folder)
    every = 1
    while epochs[-1] // every > EPOCHS_AT_MOST:
        every *= 2
    for epoch in epochs[:-1]:
        if epoch % every:
            (folder / f"epoch-{epoch:04d}.npz").unlink(missing_ok=True)


def list_snapshots(folder: Path) -> list[int]:
    """The epochs there are weights of, ascending."""
    return _numbers(folder, "epoch")


def list_early_steps(folder: Path) -> list[int]:
    """The early steps there are weights of, ascending."""
    return _numbers(folder, "step")


def load_snapshot(folder: Path, epoch: int) -> list[np.ndarray]:
    """float32 arrays in the order of `model.get_weights()`. Raises `ModelError`."""
    return _load(folder / f"epoch-{epoch:04d}.npz", f"epoch {epoch}")


def load_early_step(folder: Path, step: int) -> list[np.ndarray]:
    """As `load_snapshot`, after a step."""
    return _load(folder / f"step-{step:06d}.npz", f"step {step}")


def load_live_weights(folder: Path) -> list[np.ndarray]:
    """As `load_snapshot`, the newest ones of a run under way."""
    return _load(folder / LIVE_NAME, "this moment")


def read_weights(path: Path) -> list[np.ndarray]:
    """float32 arrays of one of these files. Raises `UnreadableNpz`."""
    try:
        return [array.astype(np.float32) for array in read_npz(path).values()]
    except (ValueError, TypeError, MemoryError) as error:  # no numbers
        raise UnreadableNpz(f"{path.name}: {error}") from error


def _numbers(folder: Path, stem: str) -> list[int]:
    names = (re.fullmatch(rf"{stem}-(\d+)\.npz", path.name) for path in folder.glob(f"{stem}-*.npz"))
    return sorted(int(match[1]) for match in names if match)


def _save(path: Path, weights: list[np.ndarray], compress: bool = True) -> Path:
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part.npz")
    with np.errstate(over="ignore"):  # a diverged network's weights become infinite, which is the truth
        halves = {f"w{i:03d}": weight.astype(np.float16) for i, weight in enumerate(weights)}
    (np.savez_compressed if compress else np.savez)(part, **halves)  # type: ignore[arg-type]
    part.replace(path)
    return path


def _load(path: Path, when: str) -> list[np.ndarray]:
    try:
        return read_weights(path)
    except UnreadableNpz as error:
        raise ModelError("The weights of {when} can't be read from {path}.", when=when, path=path) from error
