"""Stands for the executor and trains nothing: it writes a run's events, with an accuracy that the test chooses."""

import math

from cnn_core.execution.queue import Queue


class Killed(BaseException):
    """What nothing catches: the end of a driver in the middle of its work."""


def rate_score(experiment):
    """The nearer the learning rate is to 0.01, the better; the same for each epoch."""
    return 1 - min(0.9, abs(math.log10(experiment.training.learning_rate) + 2) / 4)


class PretendExecutor:
    """Completes a run at once, or with `holds` only when `finish` is asked for it.

    `dies` says at which moment of which submission (counted from 1) the driver is killed: ("before", 3), ("after", 3)
    or ("during", 3): the run is left as a dead worker leaves it.
    """

    def __init__(self, store, capacity=1, holds=False, score=rate_score, dies=("never", 0)):
        self.store, self.capacity = store, capacity
        self.queue = Queue(store.runs_dir)
        self.submitted, self.resumed, self.stopped = [], [], []
        self._holds, self._score, self._dies = holds, score, dies
        self._held = {}

    def submit(self, experiment, owner="", sweep=""):
        moment, count = self._dies
        at = len(self.submitted) + 1 == count
        if at and moment == "before":
            raise Killed
        folder = self.store.create(experiment, owner=owner, sweep=sweep)
        self.submitted.append(folder.id)
        self._begin(folder)
        if at and moment == "during":
            self._held.pop(folder.id).release()
            raise Killed
        if not self._holds:
            self.finish(folder.id)
        if at and moment == "after":
            raise Killed
        return folder

    def resume(self, run_id, owner=""):
        self.resumed.append(run_id)
        folder = self.store.find(run_id).folder
        folder.writer().emit("state", state="queued")
        self._begin(folder)
        if not self._holds:
            self.finish(run_id)

    def stop(self, run_id):
        self.stopped.append(run_id)
        self.end(run_id, "stopped")

    def epoch(self, run_id, accuracy):
        folder = self.store.find(run_id).folder
        epoch = len(self.store.find(run_id).history.epochs) + 1
        figures = {"loss": 0.5, "accuracy": accuracy, "val_loss": 0.5, "val_accuracy": accuracy}
        folder.writer().emit("epoch", epoch=epoch, samples=10, learning_rate=0.1, seconds=0.1, **figures)

    def finish(self, run_id):
        """The epochs that are left, the test and the end."""
        run = self.store.find(run_id)
        score = self._score(run.experiment)
        for _ in range(run.experiment.training.epochs - len(run.history.epochs)):
            self.epoch(run_id, score)
        result = {"test_loss": 0.5, "test_accuracy": score - 0.01, "seconds": 0.1}
        run.folder.writer().emit("result", epoch=run.experiment.training.epochs, **result)
        self.end(run_id, "completed")

    def end(self, run_id, state):
        self.store.find(run_id).folder.writer().emit("state", state=state)
        self._held.pop(run_id).release()

    def put_back(self, run):
        pass

    def start_waiting(self):
        pass

    def _begin(self, folder):
        self._held[folder.id] = lock = folder.lock()
        lock.acquire(timeout=5)  # someone may be looking whether it is held
        writer = folder.writer()
        writer.emit("state", state="running")
        plan = {"steps_per_epoch": 1, "samples": 10, "parameters": 1, "watched": "validation"}
        writer.emit("plan", epochs=folder.experiment.training.epochs, first_epoch=1, **plan)
