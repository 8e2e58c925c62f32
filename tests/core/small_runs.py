"""Runs of a few seconds, and what tests ask of them: their events, their weights, their end in the middle."""

import json
import time

import keras
import numpy as np

from cnn_core import ArchitectureSpec, Experiment, TrainingConfig
from cnn_core.architecture.layers import Conv2D, Dense, Flatten
from cnn_core.runs.events import read_events

STEPS = 15  # of an epoch: 1,500 digits in batches of 100
TINY = (
    Conv2D(filters=2, kernel_size=5, strides=3, activation="relu"),
    Flatten(),
    Dense(units=10, activation="softmax"),
)
FIGURES = ("epoch", "samples", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def digits_experiment(*layers, **training):
    """15 steps an epoch, unless told otherwise."""
    return Experiment(
        name="small",
        architecture=ArchitectureSpec(layers=layers or TINY),
        dataset="digits",
        training=TrainingConfig(**{"batch_size": 100, "epochs": 2, **training}),
    )


def events_of(folder, type_):
    return [event for event in read_events(folder.events_path) if event["type"] == type_]


def states_of(folder):
    return [event["state"] for event in events_of(folder, "state")]


def figures_of(run):
    """What the epochs of a run came to, times left out."""
    return [{key: event[key] for key in FIGURES} for event in run.history.epochs]


def interventions_of(run):
    return [(e["epoch"], e["step"], e["what"], e["value"]) for e in run.history.interventions]


def weights_of(folder):
    return keras.saving.load_model(folder.model_path, compile=False).get_weights()


def identical(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def after_step(epoch, step, act):
    """A listener that acts once, when a run has come to that step; needs an event of every batch."""
    return after_steps({(epoch, step): act})


def after_steps(acts):
    """(epoch, step) → what to do then."""
    left = dict(acts)

    def listen(event):
        if event["type"] == "batch":
            act = left.pop((event["epoch"], event["step"]), None)
            if act:
                act()

    return listen


def break_off():
    raise KeyboardInterrupt


def put_in_line(folder):
    """As an executor does with a run that is to go on."""
    folder.writer().emit("state", state="queued")


def write_command(folder, line):
    """Any line, also one that no one should have written."""
    with (folder.path / "commands.jsonl").open("a", encoding="utf-8") as file:
        file.write((line if isinstance(line, str) else json.dumps({"time": time.time(), **line})) + "\n")
