"""A folder that one process at a time writes to, and files that are replaced in one step."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout


class LockedFolder:
    """A folder with a name of its own, in which one process at a time works."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    def lock(self) -> FileLock:
        return FileLock(self.path / "lock")

    def is_held(self) -> bool:
        """True while a living process works in this folder; the operating system frees the lock of a dead one."""
        if not (self.path / "lock").exists():
            return False
        lock = self.lock()
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:  # a read-only folder: no one can be working in it
            return False
        lock.release()
        return False


def write_atomically(path: Path, text: str) -> None:
    """All of it or nothing, also when the machine stops in between."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
