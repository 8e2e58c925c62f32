"""Runs experiments in worker processes of this machine: submit, stop, and a warm spare for a quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from cnn_core.errors import RunError
from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.store import RunRecord, RunStore

_PACKAGE_ROOT = Path(__file__).parents[2]


class LocalExecutor:
    """Starts at most `capacity` workers; the rest wait in the order of submission. Safe to share between threads.

    Workers end with this process (their standard input is its lifeline).
    """

    def __init__(self, store: RunStore, capacity: int | None = None) -> None:
        self._store = store
        self._capacity = capacity or max(1, (os.cpu_count() or 2) // 4)
        self._workers: dict[str, subprocess.Popen[str]] = {}
        self._spare: subprocess.Popen[str] | None = None
        self._keep_spare = False
        self._closed = False
        self._lock = threading.RLock()

    def submit(self, experiment: Experiment) -> RunFolder:
        """Queues a run and starts it when there is room. Raises `RunError` where it can't be written."""
        folder = self._store.create(experiment)
        self.start_waiting()
        return folder

    def stop(self, run_id: str) -> None:
        """Asks a run to end with the model it has; one that still waits is taken out of the line."""
        with self._lock:
            run = self._store.find(run_id)
            if run.state == "queued" and run.id not in self._workers:
                run.folder.writer().emit("state", state="stopped", reason="Taken out of the line before it began.")
            elif run.is_active:
                run.folder.command("stop")

    def kill(self, run_id: str) -> None:
        """Ends the worker at once; what it had not written is lost."""
        with self._lock:
            worker = self._workers.get(run_id)
        if worker:
            worker.kill()

    def warm_up(self) -> None:
        """Keeps one idle worker with TensorFlow loaded from now on, so that the next run starts at once."""
        with self._lock:
            self._keep_spare = True
            if not self._workers and not self._closed and not self._has_spare():
                self._spare = _spawn(self._store.runs_dir)

    def start_waiting(self) -> None:
        """Starts queued runs, oldest first, while there is room."""
        with self._lock:
            if self._closed:
                return
            waiting = [r for r in self._store.list_runs().runs if r.state == "queued" and r.id not in self._workers]
            for run in sorted(waiting, key=lambda r: (r.created, r.id)):
                if len(self._workers) >= self._capacity:
                    break
                self._start(run.folder)

    def reconcile(self) -> None:
        """After a restart: what an earlier server left running is marked as interrupted; what waits is started."""
        for run in self._store.list_runs().runs:
            if run.state == "interrupted" and run.history.state != "interrupted":
                _record_interruption(run, "The dashboard was closed while this run was training.")
        self.start_waiting()

    def close(self) -> None:
        """Ends the spare and all workers; their runs read as interrupted."""
        with self._lock:
            self._closed = True
            for process in [*self._workers.values(), *([self._spare] if self._spare else [])]:
                process.kill()

    def _start(self, folder: RunFolder) -> None:
        worker = self._spare if self._has_spare() else _spawn(self._store.runs_dir)
        self._spare = None
        assert worker is not None
        assert worker.stdin is not None
        self._workers[folder.id] = worker
        try:
            worker.stdin.write(json.dumps({"run": str(folder.path)}) + "\n")
            worker.stdin.flush()
        except OSError:  # it died this moment; the thread below records it
            pass
        threading.Thread(target=self._await_end, args=(folder, worker), daemon=True).start()

    def _await_end(self, folder: RunFolder, worker: subprocess.Popen[str]) -> None:
        code = worker.wait()
        with self._lock:
            self._workers.pop(folder.id, None)
        try:
            run = self._store.find(folder.id)
            if not self._closed and run.state in ("interrupted", "queued"):
                how = f"by signal {-code}" if code < 0 else f"with code {code}"
                _record_interruption(run, f"The training process ended unexpectedly, {how}. See its worker.log.")
        except RunError:  # deleted or damaged meanwhile: nothing to record, and the next one waits
            pass
        self.start_waiting()
        if self._keep_spare:
            self.warm_up()

    def _has_spare(self) -> bool:
        return self._spare is not None and self._spare.poll() is None


def _record_interruption(run: RunRecord, reason: str) -> None:
    try:
        run.folder.writer().emit("state", state="interrupted", reason=reason)
    except OSError:  # a folder that can't be written still reads as interrupted: nobody holds its lock
        return


def _spawn(runs_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "cnn_core.training.worker", str(runs_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=_PACKAGE_ROOT,
    )
