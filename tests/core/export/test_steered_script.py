"""The script of a run that was steered by hand does the same by itself: the same weights bit for bit."""

import contextlib
import os

import keras
import numpy as np
import pytest
from scripts_at_work import IMAGES, METRICS, load_small, run_scripts

from cnn_core import Experiment, LocalExecutor, RunStore, train_run
from cnn_core.export import write_script
from cnn_core.training import callbacks, engine, steering


def small(**training):
    layers = (
        {"kind": "Conv2D", "filters": 3, "strides": 3, "activation": "relu"},
        {"kind": "Dropout", "rate": 0.2},
        {"kind": "Flatten"},
        {"kind": "Dense", "units": 10, "activation": "softmax"},
    )
    knobs = {"batch_size": 30, "epochs": 3, "learning_rate": 0.01, **training}
    return Experiment.model_validate({"name": "steered", "architecture": {"layers": layers}, "training": knobs})


STEERED = {  # an experiment, and (epoch, step) → command and its value; 10 steps are an epoch
    "one optimizer after the other": (
        small(epochs=4, schedule={"kind": "reduce_on_plateau", "patience": 1}, learning_rate=0.3),
        {(1, 2): ("optimizer", "rmsprop"), (2, 6): ("optimizer", "adamw"), (3, 1): ("learning_rate", 0.004)},
    ),
    "stopped in the middle, the best epoch kept": (
        small(epochs=9, restore_best=True, validation_split=0.2),
        {(1, 5): ("learning_rate", 0.02), (4, 6): ("stop", None)},
    ),
    "more epochs under way, paused, broken off and resumed": (
        small(epochs=2, schedule={"kind": "one_cycle"}),
        {
            (1, 3): ("learning_rate", 0.02),
            (1, 6): ("epochs", 4),
            (2, 5): ("pause", None),
            (3, 4): ("learning_rate", 0.5),
            (3, 5): ("break", None),
        },
    ),
    "more epochs afterwards, at another rate": (
        small(epochs=2, schedule={"kind": "warm_up"}),
        {(1, 8): ("stop", None), (2, 10): ("again", {"epochs": 2, "learning_rate": 0.004})},
    ),
    "several steps in each call": (
        small(batch_size=2),  # 150 steps, 2 in each call
        {(1, 31): ("learning_rate", 0.001), (2, 100): ("optimizer", "nadam"), (3, 76): ("stop", None)},
    ),
    "another rate in place of a schedule": (
        small(schedule={"kind": "cosine"}, optimizer={"kind": "SGD", "momentum": 0.9}),
        {(1, 7): ("learning_rate", 0.05), (2, 3): ("learning_rate", 1 / 300)},
    ),
    "another optimizer in place of a schedule": (
        small(schedule={"kind": "exponential"}, clip_norm=0.5),
        {(1, 2): ("optimizer", {"kind": "SGD", "momentum": 0.9, "nesterov": True}), (3, 5): ("learning_rate", 0.02)},
    ),
}


TRIED = list(STEERED)[: 2 + int(os.environ.get("CNN_LAB_SCRIPTS", "3"))]  # the first five have every way of steering


def give(folder, name, value):
    if name == "break":
        raise KeyboardInterrupt
    if name != "again":
        folder.command(name, value)
    if name == "pause":
        folder.command("resume")


def train_steered(store, name):
    experiment, commands = STEERED[name]
    folder, left = store.create(experiment), dict(commands)

    def listen(event):
        if event["type"] == "batch":
            for place in [place for place in left if place <= (event["epoch"], event["step"])]:
                give(folder, *left.pop(place))

    executor = LocalExecutor(store)
    executor.close()  # it puts runs in line; this process trains them
    with contextlib.suppress(KeyboardInterrupt):
        train_run(folder, listen)
    if store.find(folder.id).state == "interrupted":
        executor.resume(folder.id)
        train_run(folder, listen)
    for what, request in commands.values():
        if what == "again":
            executor.resume(folder.id)  # after its stop in the middle of the first epoch
            train_run(folder)
            executor.extend(folder.id, **request)
            train_run(folder)
    keras.backend.clear_session()
    return store.find(folder.id)


@pytest.fixture(scope="module")
def steered_runs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "load_dataset", load_small)
        patch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
        patch.setattr(steering, "_LOOK_INTERVAL_S", 0.0)
        store = RunStore(tmp_path_factory.mktemp("steered"))
        return {name: train_steered(store, name) for name in TRIED}


@pytest.fixture(scope="module")
def scripts_results(tmp_path_factory, steered_runs):
    scripts = {
        name: write_script(run.experiment, run.history.interventions, images=IMAGES)
        for name, run in steered_runs.items()
    }
    return run_scripts(tmp_path_factory.mktemp("scripts"), scripts)


@pytest.mark.parametrize("name", TRIED)
def test_the_script_of_a_steered_run_reproduces_it(name, steered_runs, scripts_results):
    run = steered_runs[name]
    weights, history = scripts_results[name]
    ours = keras.saving.load_model(run.folder.model_path, compile=False).get_weights()
    for key in METRICS:
        assert [epoch[key] for epoch in run.history.epochs] == history[key], key
    assert len(ours) == len(weights)
    assert all(np.array_equal(a, b) for a, b in zip(ours, weights, strict=True))


def test_the_steered_runs_cover_every_command(steered_runs):
    """Otherwise the comparison would show less than it seems to."""
    whats = {name: [event["what"] for event in run.history.interventions] for name, run in steered_runs.items()}
    assert {what for each in whats.values() for what in each} == {
        *("learning_rate", "optimizer", "epochs", "stop", "pause", "resume")
    }
    assert whats["more epochs under way, paused, broken off and resumed"] == [
        *("learning_rate", "epochs", "pause", "resume")
    ]
    assert whats["more epochs afterwards, at another rate"] == ["epochs", "learning_rate"]
    epochs = {name: len(run.history.epochs) for name, run in steered_runs.items()}
    assert epochs["stopped in the middle, the best epoch kept"] == 4
    assert epochs["more epochs under way, paused, broken off and resumed"] == 4
    assert epochs["more epochs afterwards, at another rate"] == 4
    rates = [event["learning_rate"] for event in steered_runs["one optimizer after the other"].history.epochs]
    assert rates[3] < rates[2], "no plateau"
