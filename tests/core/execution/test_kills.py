"""A training process may be killed at any moment: the run says so, opens, and goes on as if nothing had happened.

CNN_LAB_KILLS sets how many kills there are; a hundred take some five minutes.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import cnn_core
from cnn_core import ArchitectureSpec, Experiment, RunStore
from cnn_core.architecture.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_core.experiment.optimizers import Adam
from cnn_core.experiment.schedules import ReduceOnPlateau
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.checkpoints import list_checkpoints, load_checkpoint
from cnn_core.runs.events import read_events
from cnn_core.runs.snapshots import list_snapshots, load_snapshot

KILLS = int(os.environ.get("CNN_LAB_KILLS", "2"))
ROOT = Path(cnn_core.__file__).parents[1]


def experiment(epochs):
    layers = (
        Conv2D(filters=4, strides=2),
        MaxPooling2D(),
        Dropout(rate=0.2),
        Flatten(),
        Dense(units=10, activation="softmax"),
    )
    training = TrainingConfig(
        optimizer=Adam(),
        schedule=ReduceOnPlateau(patience=1),
        learning_rate=0.02,
        epochs=epochs,
        batch_size=50,
        train_share=0.4,
        restore_best=True,
        validation_split=0.2,
    )
    return Experiment(
        name="to be killed", architecture=ArchitectureSpec(layers=layers), dataset="digits", training=training
    )


class Zygote:
    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py")), "slow"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    def ask(self, word):
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def end(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="module")
def zygote():
    process = Zygote()
    yield process
    process.end()


def epochs_done(folder):
    return [event["epoch"] for event in read_events(folder.events_path) if event["type"] == "epoch"]


def count_events(folder):
    return Counter(event["type"] for event in read_events(folder.events_path))


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def wait_for_more(folder, seen, epochs):
    """Until training has begun and has come that many epochs further than `seen`, or has ended."""

    def is_there():
        now = count_events(folder)
        further = now["plan"] > seen["plan"] and now["epoch"] >= seen["epoch"] + epochs
        return further or folder.last_state() not in ("queued", "running")

    wait_until(is_there)


def test_repeated_kills_resume_bit_for_bit(zygote, tmp_path):
    epochs = max(12, 2 * KILLS)
    store = RunStore(tmp_path)
    undisturbed, killed = store.create(experiment(epochs)), store.create(experiment(epochs))
    zygote.ask(zygote.ask(undisturbed.path))
    rng = random.Random(5)
    inside_writing = 0
    for _ in range(KILLS):
        seen = count_events(killed)
        child = zygote.ask(killed.path)
        wait_for_more(killed, seen, epochs=rng.choice((0, 1, 1, 2)))
        time.sleep(rng.uniform(0, 0.5))
        os.kill(child, signal.SIGKILL)
        assert zygote.ask(child) in (-signal.SIGKILL, 0)
        run = store.find(killed.id)
        if run.state == "completed":
            break
        inside_writing += any(killed.checkpoints_dir.glob("*.part"))
        assert run.state == "interrupted"
        assert run.reason
        resumes_from = max(list_checkpoints(killed.checkpoints_dir), default=0)
        assert resumes_from >= max(epochs_done(killed), default=1) - 1, "more than one epoch is lost"
        for epoch in list_checkpoints(killed.checkpoints_dir):
            load_checkpoint(killed.checkpoints_dir, epoch)
        for epoch in list_snapshots(killed.weights_dir):
            load_snapshot(killed.weights_dir, epoch)
        killed.writer().emit("state", state="queued")
    assert KILLS < 50 or inside_writing >= 10, "no kill hit a checkpoint while it was being written"
    if store.find(killed.id).state != "completed":
        assert zygote.ask(zygote.ask(killed.path)) == 0

    one, other = store.find(undisturbed.id), store.find(killed.id)
    assert (one.state, other.state) == ("completed", "completed")
    assert len(other.history.epochs) == len(one.history.epochs) == epochs
    for ours, theirs in zip(one.history.epochs, other.history.epochs, strict=True):
        for key in ("epoch", "samples", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate"):
            assert ours[key] == theirs[key], (ours["epoch"], key)
    assert one.history.result["epoch"] == other.history.result["epoch"]
    with np.load(one.folder.predictions_path) as a, np.load(other.folder.predictions_path) as b:
        assert np.array_equal(a["probabilities"], b["probabilities"])
    last = [load_checkpoint(run.folder.checkpoints_dir, epochs) for run in (one, other)]
    for ours, theirs in zip(last[0].weights + last[0].optimizer, last[1].weights + last[1].optimizer, strict=True):
        assert np.array_equal(ours, theirs)
