"""Files of a fine-tuned run in its `own/` folder.

`settings.json` holds the settings and which drawings were learned from, `drawings.npz` the drawings, `start.keras` the
initial weights, and `evaluation.json` how well the model did before and after. So the run does not change when the
gallery changes or the run that it came from is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import from_json

from cnn_core.data.datasets.npz import UnreadableNpz, read_npz
from cnn_core.errors import NewerVersion, RunError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.limited_file import read_limited
from cnn_core.runs.locked_folder import write_atomically
from cnn_core.runs.upgrade import SETTINGS_VERSION, upgrade_evaluation, upgrade_settings

if TYPE_CHECKING:
    pass

FOLDER = "own"


class FineTuning(BaseModel):
    """How a trained network goes on learning from a person's own drawings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(5, ge=1, le=50, title="Epochs", description="How many times it sees all of them.")
    learning_rate: float = Field(
        0.0005,
        gt=0,
        le=0.1,
        title="Learning rate",
        description="Small, since the network knows most already: a large rate wipes out what it has learned. "
        "The optimizer is Adam, begun anew.",
    )
    copies: int = Field(
        10,
        ge=1,
        le=50,
        title="Copies of each drawing",
        description="Few drawings would drown among the original images, so each is shown so often.",
    )
    vary: bool = Field(
        True,
        title="Vary the copies",
        description="Each copy but the first is shifted, turned, resized and thickened a little, so that the strokes "
        "are learned and not the pixels.",
    )
    rehearsal: int = Field(
        2000,
        ge=0,
        le=60_000,
        title="Original images mixed in",
        description="Images of its first training set, drawn by chance, to rehearse what it knows. "
        "With 0 it soon forgets how other people write.",
    )


class OwnSettings(BaseModel):
    """What `settings.json` holds. `learned` has the ids of all drawings that the weights know, a parent's too."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: int = SETTINGS_VERSION
    settings: FineTuning
    start_name: str
    learned: tuple[str, ...]
    held_out_ids: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class OwnImages:
    """`images` uint8 (N, 28, 28) centerd ink, `labels` int64 (N,), `is_held_out` bool (N,): held out from training."""

    settings: OwnSettings
    images: np.ndarray
    labels: np.ndarray
    is_held_out: np.ndarray

    def prepare(self, experiment: Experiment, held_out: bool) -> tuple[np.ndarray, np.ndarray]:
        """float32 inputs (N, H, W, C) and labels (N,): the held-out drawings, or those to learn from."""
        chosen = self.is_held_out == held_out
        inks = self.images[chosen].astype(np.float32) / 255
        return np.concatenate([prepare_ink(ink, experiment) for ink in inks]), self.labels[chosen]


def save_own_images(folder: RunFolder, own: OwnImages, start: Path) -> None:
    """Fills the run's `own/`; `start` is the model file whose weights it begins with. Raises `OSError`."""
    import shutil

    target = folder.path / FOLDER
    target.mkdir()
    np.savez_compressed(target / "drawings.npz", images=own.images, labels=own.labels, is_held_out=own.is_held_out)
    shutil.copyfile(start, target / "start.keras")
    write_atomically(target / "settings.json", own.settings.model_dump_json(indent=2))


def read_own_settings(folder: RunFolder) -> OwnSettings | None:
    """None for an ordinary run. Raises `RunError` where the file is damaged."""
    if not folder.facts.drawings:
        return None
    try:
        data = from_json(read_limited(folder.path / FOLDER / "settings.json"))
        version = data.get("version", 1)
        if isinstance(version, int) and version > SETTINGS_VERSION:
            raise NewerVersion.of(f"{folder.id}/{FOLDER}/settings.json", version, SETTINGS_VERSION)
        return OwnSettings.model_validate(upgrade_settings(data), extra="ignore")
    except (OSError, ValueError, AttributeError) as error:  # pydantic's error is a ValueError
        raise _damaged(folder) from error


def read_own_images(folder: RunFolder) -> OwnImages | None:
    """None for an ordinary run. Raises `RunError` where a file is missing or damaged."""
    settings = read_own_settings(folder)
    if settings is None:
        return None
    try:
        arrays = read_npz(folder.path / FOLDER / "drawings.npz")
        held_out = arrays["is_held_out" if "is_held_out" in arrays else "is_judge"]  # version 1
        return OwnImages(settings, arrays["images"], arrays["labels"], held_out)
    except (UnreadableNpz, KeyError) as error:
        raise _damaged(folder) from error


def read_evaluation(folder: RunFolder) -> dict[str, Any]:
    """What `evaluate` has written so far, by "before" and "after"; version 1 called the file `judged.json`."""
    for name in ("evaluation.json", "judged.json"):
        try:
            found = from_json(read_limited(folder.path / FOLDER / name))
        except (OSError, ValueError):
            continue
        return upgrade_evaluation(found) if isinstance(found, dict) else {}
    return {}


def _damaged(folder: RunFolder) -> RunError:
    return RunError(
        "The drawings that run {run} learns from can't be read. Start a new one from your drawings.", run=folder.id
    )
