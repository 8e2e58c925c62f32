"""Parent side of a worker process: sends one job and reads at most one failure message."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cnn_core.errors import RunError
from cnn_core.runs.folder import RunFolder

_PACKAGE_ROOT = Path(__file__).parents[2]


def worker_command(runs_dir: Path) -> tuple[str, ...]:
    return sys.executable, "-m", "cnn_core.execution.worker", str(runs_dir)


class Worker:
    """Worker process, idle until it gets a run. It exits when its standard input closes."""

    def __init__(self, command: Sequence[str]) -> None:
        self._started = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=_PACKAGE_ROOT,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self._started

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def give(self, folder: RunFolder) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"run": str(folder.path)}) + "\n")
            self._process.stdin.flush()
        except OSError:  # it has just died; the thread that waits for it records that
            return

    def wait(self) -> tuple[str, str]:
        """Waits for its exit; returns how ("by signal 9", "with code 1") and the failure message if any."""
        assert self._process.stdout is not None
        words = self._process.stdout.read()
        code = self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
        how = RunError("by signal {signal}", signal=-code) if code < 0 else RunError("with code {code}", code=code)
        return str(how), _read_words(words)

    def kill(self) -> None:
        self._process.kill()


def _read_words(text: str) -> str:
    for line in reversed(text.splitlines()):
        try:
            return str(json.loads(line)["failed"])
        except (ValueError, KeyError, TypeError):
            continue
    return ""
