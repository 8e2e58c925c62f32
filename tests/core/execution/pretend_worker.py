"""Stands for a training worker and trains nothing: it starts in half a second and writes the events of a run.

The experiment's name says how it behaves: "dies" is killed after its first epoch, "speechless" can't write into its
folder and says so, "lingers" takes a second to end. A run of 1,000 epochs goes on until it is stopped.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

from cnn_core.errors import RunError
from cnn_core.runs.folder import RunFolder


def main():
    jobs = queue.Queue()
    threading.Thread(target=listen, args=(jobs,), daemon=True).start()
    folder = RunFolder(Path(json.loads(jobs.get())["run"]))
    try:
        play(folder)
    except Exception as error:
        sys.stdout.write(json.dumps({"failed": str(error)}) + "\n")
        return 1
    if folder.experiment.name == "lingers":
        time.sleep(1)
    return 0


def listen(jobs):
    for line in sys.stdin:
        jobs.put(line)
    os._exit(3)


def play(folder):
    experiment = folder.experiment
    with folder.lock().acquire(timeout=2):
        if folder.last_state() != "queued":
            raise RunError(f"Run {folder.id} has been trained already.")
        if experiment.name == "speechless":
            raise RunError("The run's folder can't be written: No space left on device.")
        commands, writer = folder.command_reader(), folder.writer()
        writer.emit("state", state="running")
        epochs = experiment.training.epochs
        plan = {"steps_per_epoch": 1, "samples": 10, "parameters": 1, "watched": "test"}
        writer.emit("plan", epochs=epochs, first_epoch=1, **plan)
        for epoch in range(1, epochs + 1):
            time.sleep(0.02)
            figures = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"), 0.5)
            writer.emit("epoch", epoch=epoch, samples=10, **figures)
            if experiment.name == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            if any(command["command"] == "stop" for command in commands.read()):
                writer.emit("state", state="stopped")
                return
        writer.emit("state", state="completed")


if __name__ == "__main__":
    sys.exit(main())
