"""Drives one sweep: keeps its trials in flight, stops the hopeless ones, and writes down how each came out.

All it knows lies in the sweep's folder and in the runs: a driver that dies in the middle is followed by another one
that goes on where it was. Trials that have ended are not repeated; runs that broke off go on from their checkpoints.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable

from filelock import Timeout

from cnn_core.errors import CnnLabError, LimitReached, RunError, RunNotFound, SpecError
from cnn_core.execution.executor import LocalExecutor
from cnn_core.execution.limits import check_limits, read_limits
from cnn_core.experiment import Experiment
from cnn_core.runs.labels import change_labels
from cnn_core.runs.store import RunRecord, RunStore
from cnn_core.sweeps.folder import SweepFolder
from cnn_core.sweeps.knobs import Value
from cnn_core.sweeps.outcome import curve_of, measure
from cnn_core.sweeps.pruning import is_hopeless
from cnn_core.sweeps.record import UNDER_WAY, Trial, TrialState, read_trials
from cnn_core.sweeps.search import explain_end, propose
from cnn_core.sweeps.space import build_space, plan_trial

logger = logging.getLogger(__name__)

POLL_S = 0.5
_RESUMED_AT_MOST = 2  # a run whose worker dies more often is given up
_TIMEOUT_S = 10
_FAILURES_AT_MOST = 3  # one after another, before it is plain that the trials are not to blame

Watcher = Callable[[Trial], None]


class SweepDriver:
    """One thread, or the caller's own with `drive`. At most the executor's capacity of its trials are in flight."""

    def __init__(
        self,
        folder: SweepFolder,
        store: RunStore,
        executor: LocalExecutor,
        watcher: Watcher | None = None,
        poll_s: float = POLL_S,
    ) -> None:
        self.folder = folder
        self._spec, self._base = folder.facts.spec, folder.base
        self._space = build_space(self._spec, self._base)
        self._store, self._executor = store, executor
        self._watcher, self._poll_s = watcher, poll_s
        self._lock = folder.lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._resumed: Counter[str] = Counter()
        self._failures = 0

    def start(self) -> None:
        """Drives in a thread of its own. Raises `RunError` where another process drives this sweep."""
        self._take()
        self._thread = threading.Thread(target=self._drive, name=f"sweep-{self.folder.id}", daemon=True)
        self._thread.start()

    def drive(self) -> None:
        """Drives until the sweep is over, stopped or closed. Raises `RunError` where another process does."""
        self._take()
        self._drive()

    def is_alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def close(self) -> None:
        """Releases the sweep without ending it; another driver can continue it."""
        self._closing.set()
        if self._thread:
            self._thread.join(_TIMEOUT_S)

    def _take(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise RunError("Sweep {sweep} is being driven by another process already.", sweep=self.folder.id) from error
        except OSError as error:
            raise RunError(
                "Sweep {sweep}: its folder can't be written ({reason}).", sweep=self.folder.id, reason=error.strerror
            ) from error
        if any("sweep" in line for line in self.folder.lines()):
            self.folder.append(sweep="running")  # it had ended, and goes on

    def _drive(self) -> None:
        try:
            self._adopt()
            while not self._closing.is_set():
                if self.folder.is_asked_to_stop():
                    return self._stop()
                if not self._step():
                    return self._end("completed", explain_end(self._spec, self._trials()))
                self._closing.wait(self._poll_s)
        except CnnLabError as error:
            self._end("failed", str(error))
        except Exception as error:
            logger.exception("Sweep %s failed", self.folder.id)
            self._end("failed", f"{type(error).__name__}: {error}")
        finally:
            self._lock.release()
        return None

    def _step(self) -> bool:
        """Looks after what is in flight and adds to it; False when nothing is and nothing is left to try."""
        flying = sum(self._look_after(trial) for trial in self._trials())
        while flying < self._executor.capacity and not self._closing.is_set():
            trial = self._next_trial()
            if trial is None:
                return flying > 0
            flying += self._submit(trial)
        return True

    # ---- what comes next

    def _next_trial(self) -> Trial | None:
        """One that was planned and never submitted, else a new one."""
        trials = self._trials()
        planned = next((trial for trial in trials if trial.state == "planned"), None)
        if planned:
            return planned
        values = propose(self._spec, self._space, trials)
        if values is None:
            return None
        number = trials[-1].number + 1 if trials else 0
        return Trial(number, values, "planned", base=not trials and self._spec.include_base)

    def _submit(self, trial: Trial) -> bool:
        """Whether it is in flight now; else it was refused, which is written down."""
        try:
            experiment = self._plan(trial)
            self._write(trial, "planned", values=trial.values, base=trial.base)
            run = self._executor.submit(experiment, owner=self.folder.facts.owner, sweep=self.folder.id)
        except LimitReached as error:
            self._check_base()  # raises what is not the trial's fault: the sweep ends, and can go on later
            return self._skip(trial, str(error))
        except SpecError as error:
            return self._skip(trial, str(error))
        change_labels(run.path, tags=[self.folder.tag])
        self._write(trial, "submitted", run=run.id)
        return True

    def _check_base(self) -> None:
        owner = self.folder.facts.owner
        waiting = sum(ticket.owner == owner for ticket in self._executor.queue.waiting())
        base = plan_trial(self._spec, self._base, {}, 0)
        check_limits(base, waiting, self._store.runs_dir, read_limits())

    def _plan(self, trial: Trial) -> Experiment:
        return plan_trial(self._spec, self._base, trial.values, trial.number)

    def _skip(self, trial: Trial, reason: str) -> bool:
        self._write(trial, "skipped", values=trial.values, base=trial.base, reason=reason)
        return False

    # ---- what is in flight

    def _look_after(self, trial: Trial) -> bool:
        """Whether this trial still takes a place; writes down what has changed about it."""
        if not trial.run or trial.state not in ("submitted", "pruned"):
            return False
        run = self._find(trial.run)
        if trial.state == "pruned":
            return run is not None and run.is_active
        if run is None:
            return self._close_trial(trial, "failed", reason=str(RunError("Its run was deleted.")))
        if run.is_active:
            self._prune(trial, run)
            return True
        if run.state == "interrupted" and self._resumed[run.id] < _RESUMED_AT_MOST:
            return self._resume(run)
        return self._finish(trial, run)

    def _finish(self, trial: Trial, run: RunRecord) -> bool:
        outcome = measure(run, self._spec.metric)
        state: TrialState = "done" if run.state == "completed" else "stopped" if run.state == "stopped" else "failed"
        if state == "done" and outcome["score"] is None:
            state = "failed"
        self._close_trial(trial, state, reason=run.reason, **outcome)
        self._failures = self._failures + 1 if state == "failed" else 0
        if self._failures >= _FAILURES_AT_MOST:
            raise RunError(
                "{count} trials failed one after another. The last one says: {reason}",
                count=_FAILURES_AT_MOST,
                reason=run.reason,
            )
        return False

    def _close_trial(self, trial: Trial, state: TrialState, **fields: object) -> bool:
        self._write(trial, state, **fields)
        return False

    def _prune(self, trial: Trial, run: RunRecord) -> None:
        curve = curve_of(run)
        if len(curve) >= run.planned_epochs or trial.base:
            return
        finished = [other.curve for other in self._trials() if other.state == "done"]
        if is_hopeless(curve, finished, self._spec.pruning):
            self._executor.stop(run.id)
            self._write(trial, "pruned", **measure(run, self._spec.metric))

    def _resume(self, run: RunRecord) -> bool:
        self._resumed[run.id] += 1
        self._executor.resume(run.id, owner=self.folder.facts.owner)
        return True

    # ---- beginning and end

    def _adopt(self) -> None:
        """What an earlier driver left: submitted runs that no one wrote down, broken ones, waiting ones."""
        under_way = [trial for trial in self._trials() if trial.state in UNDER_WAY]
        if not under_way:
            return
        own = [run for run in self._store.list_runs().runs if run.folder.facts.sweep == self.folder.id]
        by_name = {run.experiment.name: run for run in own}
        for trial in under_way:
            run = by_name.get(self._plan(trial).name) if trial.state == "planned" else self._find(trial.run)
            if run is None:
                continue
            if trial.state == "planned":
                self._write(trial, "submitted", run=run.id)
            if run.state in ("interrupted", "stopped"):
                self._resume(run)
            self._executor.put_back(run)
        self._executor.start_waiting()

    def _stop(self) -> None:
        for trial in self._trials():
            run = self._find(trial.run) if trial.state == "submitted" else None
            if run and run.is_active:
                self._executor.stop(run.id)
        self._end("stopped")
        self.folder.forget_to_stop()

    def _end(self, how: str, reason: str = "") -> None:
        self.folder.append(sweep=how, reason=reason)

    # ---- reading and writing

    def _trials(self) -> tuple[Trial, ...]:
        return read_trials(self.folder.lines())

    def _find(self, run_id: str) -> RunRecord | None:
        """None where it was deleted."""
        try:
            run = self._store.find(run_id)
            # It may have ended between the reading of its events and the look at its lock: the second look is sure.
            return self._store.find(run_id) if run.state == "interrupted" else run
        except RunNotFound:
            return None

    def _write(self, trial: Trial, state: TrialState, **fields: Value | object) -> None:
        self.folder.append(trial=trial.number, state=state, **fields)
        if self._watcher:
            self._watcher(next(known for known in self._trials() if known.number == trial.number))
