"""Local executor: submits, steers and stops runs in worker processes, with a warm spare worker."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress

from filelock import Timeout

from cnn_core.errors import CnnLabError, RunError
from cnn_core.execution.estimate import Estimator, Line, measure_others
from cnn_core.execution.fine_tune import fine_tune_run, plan_experiment
from cnn_core.execution.fork import fork_run
from cnn_core.execution.limits import check_epochs, check_limits, read_limits
from cnn_core.execution.queue import Queue, fair_order
from cnn_core.execution.worker_process import Worker, worker_command
from cnn_core.experiment import Experiment
from cnn_core.experiment.optimizers import OptimizerSpec
from cnn_core.runs.calibration import read_calibration
from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.fine_tuning import FineTuning
from cnn_core.runs.folder import CommandReader, RunFolder
from cnn_core.runs.own_drawings import OwnDrawing
from cnn_core.runs.store import RunRecord, RunStore
from cnn_core.runs.timings import keep_timing, measure_timing, read_timings

_LOADED_AFTER_S = 20.0  # by then a spare worker has loaded TensorFlow, also on a slow machine


class LocalExecutor:
    """Trains queued runs in worker processes, at most `capacity` at once, round-robin by owner. Thread-safe.

    Workers end with this process (their standard input is its lifeline). Several executors may share a folder of
    runs: each run is started by one of them.

    Example:
        >>> executor = LocalExecutor(RunStore(default_runs_dir()), capacity=2)
        >>> executor.close()
    """

    def __init__(self, store: RunStore, capacity: int | None = None, command: Sequence[str] = ()) -> None:
        self._store = store
        self.queue = Queue(store.runs_dir)
        self._capacity = capacity or max(1, (os.cpu_count() or 2) // 4)
        self._command = tuple(command) or worker_command(store.runs_dir)
        self._workers: dict[str, tuple[str, Worker]] = {}  # run id → (owner, worker)
        self._served: dict[str, int] = {}  # owner → when it was their turn
        self._spare: Worker | None = None
        self._keep_spare = False
        self._closed = False
        self._lock = threading.RLock()

    @property
    def served(self) -> Mapping[str, int]:
        """Each owner's last start number, for `fair_order`."""
        return self._served

    @property
    def capacity(self) -> int:
        """How many runs train at the same time."""
        return self._capacity

    def line(self) -> Line:
        """Runs under way and waiting, and the spare worker: what estimates need."""
        with self._lock:
            active, spare = list(self._workers), self._spare if self._has_spare() else None
        estimator = self.estimator()
        running, waiting = {}, {}
        for run_id in active:
            with suppress(CnnLabError):  # deleted this moment
                running[run_id] = estimator.estimate_rest(self._store.find(run_id))
        for ticket in self.queue.waiting():
            with suppress(CnnLabError):
                waiting[ticket.run_id] = self._store.find(ticket.run_id).experiment
        ready = None if spare is None else max(0.0, estimator.launch(warm=False) - spare.age)
        return Line(self._capacity, running, waiting, ready, measure_others(len(active)))

    def estimator(self) -> Estimator:
        """Estimates by what was measured on this machine so far."""
        runs_dir = self._store.runs_dir
        return Estimator(read_calibration(runs_dir), read_timings(runs_dir))

    def submit(self, experiment: Experiment, owner: str = "", sweep: str = "", paused: bool = False) -> RunFolder:
        """Queues a run and starts it when there is room. Raises `RunError`, `LimitReached` among them.

        With `paused` it waits before its first step.
        """
        self._check_limits(experiment, owner)
        folder = self._store.create(experiment, owner=owner, sweep=sweep)
        if paused:
            folder.command("pause")
        return self._enqueue(folder, owner)

    def restart_from(self, run_id: str, epoch: int, owner: str = "") -> RunFolder:
        """Queues a new run that continues after an epoch of this one. Raises `RunError`."""
        run = self._store.find(run_id)
        self._check_limits(run.experiment, owner)
        return self._enqueue(fork_run(self._store, run, epoch, owner), owner)

    def fine_tune(
        self, run_id: str, drawings: Sequence[OwnDrawing], settings: FineTuning, owner: str = ""
    ) -> RunFolder:
        """Queues a run that fine-tunes this one on the user's drawings. Raises `RunError`."""
        run = self._store.find(run_id)
        self._check_limits(plan_experiment(run, settings), owner)
        return self._enqueue(fine_tune_run(self._store, run, drawings, settings, owner), owner)

    def stop(self, run_id: str) -> None:
        """Requests a run to end with its current model; a queued run is removed from the queue."""
        run, ticket = self._store.find(run_id), self.queue.find(run_id)
        if ticket and self.queue.take(ticket):
            run.folder.writer().emit(
                "state", state="stopped", reason=str(RunError("Taken out of the line before it began."))
            )
        elif run.is_active:
            run.folder.command("stop")

    def pause(self, run_id: str) -> None:
        """Pauses a run; the worker keeps its memory until resumed or stopped."""
        self._command_active(run_id, "pause")

    def step(self, run_id: str, what: str = "batch") -> None:
        """Trains one "batch" or one "epoch" of a run under way, which is paused afterwards."""
        self._command_active(run_id, "step", what)

    def resume(self, run_id: str, owner: str = "") -> None:
        """Resumes a paused run, or an interrupted, failed or stopped one from its last checkpoint."""
        run = self._store.find(run_id)
        if run.is_active:
            run.folder.command("resume")
        elif run.bundled or run.state == "completed":
            raise RunError("Run {run} is complete. Add epochs to it, or start it again.", run=run.id)
        else:
            self._requeue(run, owner)

    def steer(self, run_id: str, learning_rate: float | None = None, optimizer: OptimizerSpec | None = None) -> None:
        """Changes the learning rate immediately or the optimizer at the next epoch; weights are kept.

        Raises `RunError` for an optimizer in the last epoch, which no epoch follows.
        """
        if learning_rate is not None:
            self._command_active(run_id, "learning_rate", learning_rate)
        if optimizer is not None:
            if is_in_last_epoch(self._store.find(run_id)):
                raise RunError("An optimizer changes between two epochs, and this is the last one. Add epochs first.")
            self._command_active(run_id, "optimizer", optimizer.model_dump())

    def extend(self, run_id: str, epochs: int, learning_rate: float | None = None, owner: str = "") -> None:
        """Adds epochs to an active or finished run; the latter may get a new learning rate.

        Raises `RunError` where the state to go on from was not kept, `SpecError` for a value out of range.
        """
        run = self._store.find(run_id)
        if run.is_active:
            _check_request(run, run.planned_epochs + epochs, learning_rate)
            run.folder.command("epochs", run.planned_epochs + epochs)
            return
        if run.bundled or not list_checkpoints(run.folder.checkpoints_dir):
            raise RunError("Run {run} kept no state to go on from. Start it again with more epochs.", run=run.id)
        reached = max((event["epoch"] for event in run.history.epochs), default=0)
        _check_request(run, reached + epochs, learning_rate)
        self._requeue(run, owner, epochs=reached + epochs, learning_rate=learning_rate)

    def move(self, run_id: str, places: int) -> None:
        """Moves a queued run earlier (negative) or later among the owner's runs."""
        self.queue.move(run_id, places)
        self.start_waiting()  # a run that was free to start may have been missed while its ticket was renamed

    def kill(self, run_id: str) -> None:
        """Kills the worker; unwritten data is lost."""
        with self._lock:
            entry = self._workers.get(run_id)
        if entry:
            entry[1].kill()

    def warm_up(self) -> None:
        """Keeps one idle worker with TensorFlow loaded, for a quick start."""
        with self._lock:
            self._keep_spare = True
            if not self._workers and not self._closed and not self._has_spare():
                self._spare = Worker(self._command)

    def start_waiting(self) -> None:
        """Starts queued runs up to capacity, round-robin by owner, oldest first."""
        with self._lock:
            while not self._closed and len(self._workers) < self._capacity:
                running = Counter(owner for owner, _ in self._workers.values())
                for ticket in fair_order(self.queue.waiting(), running, self._served):
                    if ticket.run_id not in self._workers and self.queue.take(ticket):
                        if not self._start(RunFolder(self._store.runs_dir / ticket.run_id), ticket.owner):
                            return
                        break
                else:
                    return

    def put_back(self, run: RunRecord) -> None:
        """Queues a run again whose ticket was taken by a process that died."""
        if run.state == "queued" and run.id not in self._workers and self.queue.find(run.id) is None:
            self.queue.add(run.id, run.folder.facts.owner)

    def reconcile(self) -> None:
        """After a restart, marks orphaned runs as interrupted and starts queued ones."""
        waiting = {ticket.run_id for ticket in self.queue.waiting()}
        for run in reversed(self._store.list_runs().runs):
            if run.state == "interrupted" and run.history.state != "interrupted":
                _record_end(run.folder, "interrupted", "The dashboard was closed while this run was training.")
            if run.state == "queued" and run.id not in waiting and run.id not in self._workers:
                with suppress(OSError):
                    self.queue.add(run.id, run.folder.facts.owner)
        self.start_waiting()

    def close(self) -> None:
        """Ends all workers; their runs become interrupted."""
        with self._lock:
            self._closed = True
            for worker in [*(worker for _, worker in self._workers.values()), *([self._spare] if self._spare else [])]:
                worker.kill()

    def _check_limits(self, experiment: Experiment, owner: str) -> None:
        waiting = sum(ticket.owner == owner for ticket in self.queue.waiting())
        check_limits(experiment, waiting, self._store.runs_dir, read_limits())

    def _enqueue(self, folder: RunFolder, owner: str) -> RunFolder:
        try:
            self.queue.add(folder.id, owner)
        except OSError as error:
            raise RunError(
                "The line of runs can't be written ({reason}). Mend its permissions.", reason=error.strerror
            ) from error
        self.start_waiting()
        return folder

    def _requeue(self, run: RunRecord, owner: str, **request: object) -> None:
        try:
            with run.folder.lock().acquire(timeout=1):
                if run.folder.last_state() == "queued" and run.id not in self._store.last_words:
                    return  # someone else was quicker
                run.folder.writer().emit("state", state="queued", **request)
        except (Timeout, OSError) as error:
            raise RunError("Run {run} can't go on: its folder is in use or can't be written.", run=run.id) from error
        self._store.last_words.pop(run.id, None)
        self._enqueue(run.folder, owner or run.folder.facts.owner)

    def _command_active(self, run_id: str, name: str, value: object = None) -> None:
        run = self._store.find(run_id)
        if not run.is_active:
            raise RunError("Run {run} is not under way any more.", run=run.id)
        run.folder.command(name, value)

    def _start(self, folder: RunFolder, owner: str) -> bool:
        warm = self._has_spare()
        is_loading = warm and self._spare is not None and self._spare.age < _LOADED_AFTER_S
        given = None if is_loading else time.time()
        try:
            worker = self._spare if self._spare and warm else Worker(self._command)
        except OSError as error:
            why = RunError(
                "No process could be started for it ({reason}). Resume it when there is room.",
                reason=error.strerror or error,
            )
            _record_end(folder, "interrupted", str(why))
            return False
        self._spare = None
        self._workers[folder.id] = owner, worker
        self._served[owner] = max(self._served.values(), default=0) + 1
        worker.give(folder)
        threading.Thread(target=self._await_end, args=(folder, worker, given, warm), daemon=True).start()
        return True

    def _await_end(self, folder: RunFolder, worker: Worker, given: float | None, warm: bool) -> None:
        how, words = worker.wait()
        with self._lock:
            self._workers.pop(folder.id, None)
        if self._closed:
            return
        try:
            run = self._store.find(folder.id)
            never_began = run.state == "queued" and self.queue.find(run.id) is None  # with a ticket it begins again
            if run.state == "interrupted" or never_began:
                reason = words or str(
                    RunError("The training process ended unexpectedly, {how}. See its worker.log.", how=how)
                )
                if not _record_end(run.folder, "failed" if words else "interrupted", reason):
                    self._store.last_words[run.id] = reason
            self._keep_timing(run, given, warm)
        except RunError:  # deleted or damaged meanwhile: nothing to record, and the next one waits
            pass
        self.start_waiting()
        if self._keep_spare:
            self.warm_up()

    def _keep_timing(self, run: RunRecord, given: float | None, warm: bool) -> None:
        timing = measure_timing(run.experiment, run.history, given, warm, self.estimator().calibrate(run.experiment))
        if timing:
            with self._lock, suppress(OSError):  # estimates stay as they are
                keep_timing(self._store.runs_dir, timing, read_timings(self._store.runs_dir))

    def _has_spare(self) -> bool:
        return self._spare is not None and self._spare.is_alive()


def _check_request(run: RunRecord, epochs: int, learning_rate: float | None) -> None:
    check_epochs(epochs, read_limits())
    changes = {"epochs": epochs} | ({} if learning_rate is None else {"learning_rate": learning_rate})
    run.experiment.with_training(**changes)


def is_in_last_epoch(run: RunRecord) -> bool:
    """Whether no epoch follows the one under way, epochs that were just asked for included."""
    lines = CommandReader(run.folder.commands_path, run.history.queued).read()
    asked = [line.get("value") for line in lines if line["command"] == "epochs"]
    epochs = max([run.planned_epochs, *(value for value in asked if isinstance(value, int))])
    return run.is_active and len(run.history.epochs) + 1 >= epochs


def _record_end(folder: RunFolder, state: str, reason: str) -> bool:
    """Records the end of a run; False if its folder can't be written, which reads as interrupted."""
    try:
        folder.writer().emit("state", state=state, reason=reason)
    except OSError:
        return False
    return True
