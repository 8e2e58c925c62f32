"""A process that trains one run: `python -m cnn_core.execution.worker [RUNS_DIR]`.

Its job is one line on standard input, {"run": "<folder>"}. Until that comes it warms up, so that a run starts at once,
and measures the machine if RUNS_DIR does not say yet how fast it is.
Standard input stays open as a lifeline: when the process that started it ends, by whatever means, so does the worker.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cnn_core.data.datasets.catalog import DEFAULT_DATASET, OFFLINE_DATASET
from cnn_core.errors import CnnLabError
from cnn_core.extensions import load_extensions

if TYPE_CHECKING:
    from cnn_core.data.datasets.base import Dataset
    from cnn_core.runs.events import Event

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
_TOY_SHARE = 0.1  # of 1,400 images: some steps are enough


def main() -> int:
    jobs: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(jobs,), daemon=True).start()
    with suppress(CnnLabError):  # the run then names what is missing
        load_extensions()
    import tensorflow  # noqa: F401 (the slow part; done while waiting)

    if jobs.empty():
        _warm_up(jobs)
    ready = _load_likely_dataset() if jobs.empty() else None
    if jobs.empty() and len(sys.argv) > 1:
        _calibrate_once(Path(sys.argv[1]))
    folder_path = Path(json.loads(jobs.get())["run"])
    report = _log_to(folder_path / "worker.log")

    from cnn_core.runs.folder import RunFolder
    from cnn_core.training.engine import train_run
    from cnn_core.training.failures import explain_failure

    try:
        train_run(RunFolder(folder_path), ready=ready)
    except Exception as error:
        # The folder may be what failed: the process that started this one hears of it first.
        os.write(report, (json.dumps({"failed": explain_failure(error)}) + "\n").encode())
        with suppress(OSError):  # the log may lie on the disk that is full
            traceback.print_exc()
        return 1
    return 0


def _listen(jobs: queue.Queue[str]) -> None:
    for line in sys.stdin:
        jobs.put(line)
    os._exit(3)  # the parent is gone; `fit` can't be unwound from here, and no one would read the outcome


def _warm_up(jobs: queue.Queue[str]) -> None:
    """Trains a toy run to load and initialize TensorFlow; stops when a job arrives."""
    from tempfile import TemporaryDirectory

    from cnn_core.experiment.recipes import find_recipe
    from cnn_core.runs.folder import create_run
    from cnn_core.training.engine import train_run

    def listen(event: Event) -> None:
        if not jobs.empty():
            raise InterruptedError

    toy = find_recipe("R2").experiment.on_dataset(OFFLINE_DATASET).with_training(epochs=1, train_share=_TOY_SHARE)
    with suppress(Exception), TemporaryDirectory(prefix="cnn-lab-") as folder:  # what is wrong, the real run will say
        train_run(create_run(Path(folder), toy), listen)


def _load_likely_dataset() -> Dataset | None:
    """Preloads the default dataset if available."""
    from cnn_core.data.datasets.load import is_available, load_dataset

    with suppress(CnnLabError):
        return load_dataset(DEFAULT_DATASET) if is_available(DEFAULT_DATASET) else None
    return None


def _calibrate_once(runs_dir: Path) -> None:
    """The first idle worker of a machine measures it; designs then say how long an epoch would take."""
    from cnn_core.runs.calibration import read_calibration
    from cnn_core.training.calibration import calibrate

    try:
        if read_calibration(runs_dir) is None:
            calibrate(runs_dir)
    except OSError:  # a folder that can't be written: estimates stay unknown
        return


def _log_to(path: Path) -> int:
    """From now on what is printed goes there; returns where standard output went before."""
    before = os.dup(1)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    except OSError:  # nothing can be written there, which `train_run` will say
        descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    return before


if __name__ == "__main__":
    sys.exit(main())
