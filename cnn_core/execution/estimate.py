"""How long experiments will take here: queueing, start of the worker, data, tracing, every epoch, saving.

Calibration gives the time of an epoch before there are runs. The timings of recent runs correct it, and replace it for
an experiment that has been trained before.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from cnn_core.architecture import compute_anatomy
from cnn_core.architecture.anatomy import Anatomy
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.experiment import Experiment
from cnn_core.runs.calibration import Calibration
from cnn_core.runs.store import RunRecord
from cnn_core.runs.timings import RunTiming, name_task

# Before the first run of a machine, seconds on two cores.
_COLD, _WARM, _PREPARE, _FIRST, _FINISH = 6.5, 0.1, 2.0, 1.0, 0.7
_EPOCH = 0.15  # snapshot, checkpoint, statistics
_WATCHING = 1 / 3  # of a training step's multiplications: forward alone
_RECENT = 8  # runs
_BUSY = 2.5  # threads of other programs per processor
_OWN_LOAD = 1.5  # per processor, of a worker
_SIMILAR = 1.5  # times as many images, or as few


@dataclass(frozen=True)
class Line:
    """What an executor has to do, by run id: seconds that runs under way still need (None: unknown), and queued runs.

    `spare` is in how many seconds a spare worker is ready, None without one. `others` is the load of other programs per
    processor: the number of their threads that compute or wait to.
    """

    capacity: int = 1
    running: Mapping[str, float | None] = field(default_factory=dict)
    waiting: Mapping[str, Experiment] = field(default_factory=dict)
    spare: float | None = None
    others: float = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether other programs take so much of the processors that nothing can be estimated."""
        return self.others > _BUSY


@dataclass(frozen=True)
class Estimator:
    """Estimates from what was measured on this machine.

    Example:
        >>> estimator = Estimator(read_calibration(runs_dir), read_timings(runs_dir))
        >>> estimator.estimate_total([experiment], executor.line())
        83.1
    """

    calibration: Calibration | None
    timings: Sequence[RunTiming] = field(default=())

    def estimate_epoch(self, experiment: Experiment, anatomy: Anatomy | None = None) -> float | None:
        """Seconds of a later epoch, evaluation included. None where too little is known.

        That is the case for layers that calibration does not cover, until such a network has been trained.
        """
        samples = _count_samples(experiment)
        task = name_task(experiment)
        for timing in reversed(self.timings):
            if timing.task == task and 1 / _SIMILAR <= timing.samples / samples <= _SIMILAR:
                return timing.epoch * samples / timing.samples
        calibrated = self.calibrate(experiment, anatomy)
        return None if calibrated is None else calibrated * self._correction()

    def estimate_run(self, experiment: Experiment, launch: float = 0.0) -> float | None:
        """Seconds from the start of its worker, which takes `launch` seconds, to the saved model."""
        training = experiment.training
        epoch = self.estimate_epoch(experiment)
        if epoch is None or training.early_stopping:  # the last epoch is not known
            return None
        task = name_task(experiment)
        alike = [timing for timing in self.timings if timing.task == task] or list(self.timings)

        def usual(of: Callable[[RunTiming], float], before: float) -> float:
            return median([of(timing) for timing in alike[-_RECENT:]] or [before])

        prepare, first = usual(lambda t: t.prepare, _PREPARE), usual(lambda t: t.first, _FIRST)
        finish = usual(lambda t: t.finish, _FINISH)
        return launch + prepare + first + training.epochs * epoch + finish

    def estimate_rest(self, run: RunRecord) -> float | None:
        """Seconds until a run under way is complete. Its own pace counts as soon as there is any."""
        history, finish = run.history, median([timing.finish for timing in self.timings[-_RECENT:]] or [_FINISH])
        if run.state == "paused":
            return None
        if history.plan and history.seconds_left is not None:
            return history.seconds_left + finish
        whole = self.estimate_run(run.experiment, 0.0 if history.started else self.launch(warm=False))
        if whole is None or not run.history.started:
            return whole
        return max(finish, whole - max(0.0, run.history.last_time - run.history.started))

    def estimate_total(self, experiments: Iterable[Experiment], line: Line, runs: Collection[str] = ()) -> float | None:
        """Seconds until these experiments, behind all that is under way or waiting, and these runs are complete."""
        own = [("", experiment) for experiment in experiments]
        missing = {run_id for run_id in line.waiting if run_id in runs}
        if line.is_busy:
            return None
        busy = [seconds for seconds in line.running.values() if seconds is not None]
        if len(busy) < len(line.running) and (own or missing or any(run_id in runs for run_id in line.running)):
            return None
        end = max((line.running[run_id] or 0.0 for run_id in line.running if run_id in runs), default=0.0)
        free = [0.0] * max(0, line.capacity - len(busy)) + busy
        heapq.heapify(free)
        spare = line.spare
        for run_id, experiment in [*line.waiting.items(), *own]:
            if not own and not missing:
                break  # who comes behind does not matter
            begins = heapq.heappop(free)
            launch = self.launch(warm=False)
            if spare is not None and begins == 0.0:  # there is one spare, and it is made while nothing is trained
                launch, spare = min(launch, self.launch(warm=True) + spare), None
            seconds = self.estimate_run(experiment, launch)
            if seconds is None:
                return None
            heapq.heappush(free, begins + seconds)
            if not run_id or run_id in missing:
                end = max(end, begins + seconds)
            missing.discard(run_id)
        return end

    def launch(self, warm: bool) -> float:
        """Seconds until a worker that is new, or has been waiting, begins with a run."""
        seen = [timing.launch for timing in self.timings if timing.warm == warm and timing.launch is not None]
        return median(seen[-_RECENT:] or [_WARM if warm else _COLD])

    def calibrate(self, experiment: Experiment, anatomy: Anatomy | None = None) -> float | None:
        """Seconds of an epoch by calibration alone; None for layers that it does not cover."""
        if self.calibration is None:
            return None
        try:
            anatomy = anatomy or compute_anatomy(experiment.architecture)
        except CnnLabError:  # a network that can't be trained
            return None
        training = self.calibration.estimate_epoch(anatomy, _count_samples(experiment), experiment.training.batch_size)
        if training is None:
            return None
        watching = _count_watched(experiment) * anatomy.macs * self.calibration.per_mac * _WATCHING
        return _EPOCH + training + watching

    def _correction(self) -> float:
        """How many times as long as calibrated recent epochs took."""
        ratios = [timing.epoch / timing.calibrated for timing in self.timings if timing.calibrated]
        return median(ratios[-_RECENT:] or [1.0])


def measure_others(workers: int) -> float:
    """The load of other programs per processor over the last minute, with that many workers training; 0 if unknown."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):  # not on this system
        return 0.0
    return max(0.0, load / (os.cpu_count() or 1) - workers * _OWN_LOAD)


def _count_samples(experiment: Experiment) -> int:
    return experiment.training.count_samples(DATASETS[experiment.dataset].train_count)


def _count_watched(experiment: Experiment) -> int:
    info, training = DATASETS[experiment.dataset], experiment.training
    if training.validation_split:
        return training.count_used(info.train_count) - training.count_samples(info.train_count)
    return info.test_count
