"""Deleted runs that can be restored: `.trash/<who deleted it>/<run>` in the runs folder.

A deletion makes room first: what the same person deleted before goes for good, and so does what others left here. A run
of someone else stays for a week, during which its owner can restore it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnn_core.errors import CnnLabError, RunError
from cnn_core.runs.disk import disk_use
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.store import RunRecord

FOLDER = ".trash"
KEPT_S = 24 * 3600.0
FOREIGN_KEPT_S = 7 * KEPT_S  # of a run that someone else than its owner deleted
_FOREIGN = "~"  # the drawer of such runs after the next deletion by the same person; no owner is called so


class Trash:
    """Of one folder of runs. `owner` is a visitor, who gets back what they deleted last.

    They also get back which of their own runs others deleted. A run without an owner is everyone's.
    """

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
            os.utime(drawer / run.id)  # when it was deleted

    def deleted(self, owner: str) -> list[RunFolder]:
        """What the owner deleted last."""
        return [RunFolder(path) for path in _folders(self._drawer(owner))]

    def deleted_by_others(self, owner: str) -> list[RunFolder]:
        """Runs of this owner that someone else deleted."""
        return [
            RunFolder(path)
            for drawer in _folders(self._dir)
            if drawer != self._drawer(owner)
            for path in _folders(drawer)
            if owner and _owner_of(path) == owner
        ]

    def restore(self, owner: str) -> int:
        """Puts back what the owner deleted last and returns how many runs that were. Raises `RunError`."""
        return self._put_back(self.deleted(owner))

    def restore_from_others(self, owner: str) -> int:
        """Puts back the owner's runs that others deleted and returns how many those were. Raises `RunError`."""
        return self._put_back(self.deleted_by_others(owner))

    def empty(self, owner: str) -> None:
        """Removes permanently what the owner deleted, but for runs of others."""
        for path in self._removable(owner):
            shutil.rmtree(path, ignore_errors=True)

    def removable_size(self, owner: str) -> int:
        """Bytes that `empty` frees."""
        return sum(map(disk_use, self._removable(owner)))

    def size(self) -> int:
        """Bytes of everyone's trash."""
        return disk_use(self._dir)

    def _put_back(self, folders: Sequence[RunFolder]) -> int:
        for folder in folders:
            _move(folder.path, self._runs_dir / folder.id)
        return len(folders)

    def _drawer(self, owner: str) -> Path:
        return self._dir / (Path(owner).name or "-")

    def _removable(self, owner: str) -> Iterator[Path]:
        return (path for path in _folders(self._drawer(owner)) if _owner_of(path) in ("", owner))

    def _make_room(self, owner: str) -> None:
        """Removes the owner's last deletion, others' deletions after a day, and foreign runs after a week."""
        mine = self._drawer(owner)
        for drawer in _folders(self._dir):
            is_old = _age(drawer) > KEPT_S
            for path in _folders(drawer):
                if drawer.name == _FOREIGN or _owner_of(path) not in ("", drawer.name):
                    if _age(path) > FOREIGN_KEPT_S:
                        shutil.rmtree(path, ignore_errors=True)
                    elif drawer == mine:
                        _move(path, self._dir / _FOREIGN / path.name)
                elif drawer == mine or is_old:
                    shutil.rmtree(path, ignore_errors=True)


def _owner_of(path: Path) -> str:
    try:
        return RunFolder(path).facts.owner
    except CnnLabError:
        return ""


def _age(folder: Path) -> float:
    """Seconds since a drawer changed, or since a run was put into one."""
    try:
        return time.time() - folder.stat().st_mtime
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
