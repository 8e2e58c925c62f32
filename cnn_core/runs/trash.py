"""Deleted runs that can be restored: `.trash/<owner>/<run>` in the runs folder.

A deletion makes room first: what the same person deleted before goes for good, and so does what others left here.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from cnn_core.errors import RunError
from cnn_core.runs.disk import disk_use
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.store import RunRecord

FOLDER = ".trash"
KEPT_S = 24 * 3600.0


class Trash:
    """Of one folder of runs. `owner` is who deletes: each gets back what was deleted last by no one else."""

    def __init__(self, runs_dir: Path) -> None:
        self._runs_dir = runs_dir
        self._dir = runs_dir / FOLDER

    def put(self, runs: Sequence[RunRecord], owner: str) -> None:
        """Moves runs here, and empties the owner's trash before. Raises `RunError` for one that can't be deleted."""
        for run in runs:
            if run.bundled or run.is_active or run.folder.is_held():
                if run.bundled:
                    raise RunError("{run} can't be deleted: it comes with the app.", run=run.name)
                raise RunError("{run} can't be deleted: it is under way: stop it first.", run=run.name)
        self._make_room(owner)
        drawer = self._drawer(owner)
        for run in runs:
            _move(run.folder.path, drawer / run.id)

    def deleted(self, owner: str) -> list[RunFolder]:
        """What the owner deleted last."""
        return [RunFolder(path) for path in _folders(self._drawer(owner))]

    def restore(self, owner: str) -> int:
        """Puts back what the owner deleted last and returns how many runs that were. Raises `RunError`."""
        folders = self.deleted(owner)
        for folder in folders:
            _move(folder.path, self._runs_dir / folder.id)
        return len(folders)

    def empty(self) -> None:
        """Permanently, for every visitor's trash."""
        shutil.rmtree(self._dir, ignore_errors=True)

    def size(self) -> int:
        """Bytes."""
        return disk_use(self._dir)

    def _drawer(self, owner: str) -> Path:
        return self._dir / (Path(owner).name or "-")

    def _make_room(self, owner: str) -> None:
        """Removes the owner's last deletion, and others' that no one asked back within a day."""
        mine = self._drawer(owner)
        for drawer in _folders(self._dir):
            if drawer == mine or _age(drawer) > KEPT_S:
                shutil.rmtree(drawer, ignore_errors=True)


def _age(drawer: Path) -> float:
    """Seconds since something was put in or taken out."""
    try:
        return time.time() - drawer.stat().st_mtime
    except OSError:  # someone else has just emptied it
        return 0.0


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError:
        return []


def _move(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
    except OSError as error:
        raise RunError(
            "Run {run} can't be moved to {folder} ({reason}).",
            run=source.name,
            folder=target.parent,
            reason=error.strerror,
        ) from error
