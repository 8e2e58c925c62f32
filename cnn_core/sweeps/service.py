"""All sweeps of one folder of runs, and the drivers of this process."""

from __future__ import annotations

import logging
import threading

from cnn_core.errors import CnnLabError, RunError
from cnn_core.execution.executor import LocalExecutor
from cnn_core.runs.store import RunStore
from cnn_core.sweeps.bayesian import require_optuna
from cnn_core.sweeps.driver import SweepDriver
from cnn_core.sweeps.folder import SweepFolder, create_sweep, find_sweep
from cnn_core.sweeps.record import SweepRecord, list_sweeps, read_sweep
from cnn_core.sweeps.spec import SweepSpec

logger = logging.getLogger(__name__)


class SweepService:
    """Starts, stops and goes on with sweeps. Safe to share between threads."""

    def __init__(self, store: RunStore, executor: LocalExecutor) -> None:
        self._store, self._executor = store, executor
        self._drivers: dict[str, SweepDriver] = {}
        self._lock = threading.Lock()

    def list_sweeps(self) -> tuple[list[SweepRecord], list[str]]:
        """Newest first, and a sentence for each that can't be read."""
        return list_sweeps(self._store.runs_dir)

    def find(self, sweep_id: str) -> SweepRecord:
        """Raises `RunError`."""
        return read_sweep(find_sweep(self._store.runs_dir, sweep_id))

    def start(self, spec: SweepSpec, owner: str = "") -> SweepFolder:
        """Raises `SpecError` for knobs that the base has not, `RunError` where something is missing."""
        if spec.method == "bayesian":
            require_optuna()
        folder = create_sweep(self._store.runs_dir, spec, owner)
        self._drive(folder)
        return folder

    def stop(self, sweep_id: str) -> None:
        """Requests the driver to end the sweep; its runs keep their current models."""
        sweep = self.find(sweep_id)
        if sweep.is_active:
            sweep.folder.ask_to_stop()
        elif sweep.state == "interrupted":
            sweep.folder.append(sweep="stopped", reason="")

    def go_on(self, sweep_id: str) -> None:
        """Drives a sweep that was stopped, broke off or failed. Raises `RunError` where it is under way or complete."""
        sweep = self.find(sweep_id)
        if sweep.state == "completed":
            raise RunError("Sweep {sweep} is complete. Start another one.", sweep=sweep.id)
        sweep.folder.forget_to_stop()
        self._drive(sweep.folder)

    def go_on_with_unfinished(self) -> None:
        """After a restart: drives each sweep that its process left in the middle."""
        for sweep in reversed(self.list_sweeps()[0]):
            if sweep.state == "interrupted":
                try:
                    self._drive(sweep.folder)
                except CnnLabError as error:  # another process was quicker, or the folder can't be written
                    logger.warning("%s", error)

    def close(self) -> None:
        """Lets go of all sweeps; another process, or this one's successor, goes on with them."""
        with self._lock:
            drivers = list(self._drivers.values())
        for driver in drivers:
            driver.close()

    def _drive(self, folder: SweepFolder) -> None:
        driver = SweepDriver(folder, self._store, self._executor)
        driver.start()
        with self._lock:
            self._drivers = {key: known for key, known in self._drivers.items() if known.is_alive()}
            self._drivers[folder.id] = driver
