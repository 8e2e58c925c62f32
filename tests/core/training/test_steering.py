"""What people ask of a run under way. Every step has its event here, and every step looks for commands."""

import threading
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from small_runs import (
    STEPS,
    after_step,
    after_steps,
    digits_experiment,
    events_of,
    identical,
    interventions_of,
    put_in_line,
    states_of,
    weights_of,
    write_command,
)

from cnn_core import RunStore, build_model, load_dataset, train_run
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.runs.folder import CommandReader, create_run
from cnn_core.runs.snapshots import load_snapshot
from cnn_core.runs.training_state import start_training_state
from cnn_core.training import callbacks, steering
from cnn_core.training.steering import SteeringCallback

PATIENCE_S = 300


@pytest.fixture(autouse=True)
def _every_step_counts(monkeypatch):
    monkeypatch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
    monkeypatch.setattr(steering, "_LOOK_INTERVAL_S", 0.0)


# ---- one run that was steered in every way


@pytest.fixture(scope="module")
def steered(tmp_path_factory):
    """Planned for 2 epochs; (record, store)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
        patch.setattr(steering, "_LOOK_INTERVAL_S", 0.0)
        store = RunStore(tmp_path_factory.mktemp("runs"))
        folder = store.create(digits_experiment())
        acts = {
            (1, 5): lambda: folder.command("learning_rate", 0.01),
            (1, 8): lambda: folder.command("optimizer", {"kind": "SGD", "momentum": 0.9}),
            (2, 3): lambda: folder.command("epochs", 5),
            (4, 7): lambda: folder.command("stop"),
        }
        train_run(folder, after_steps(acts))
        return store.find(folder.id)


def test_each_effect_is_an_intervention_with_its_step(steered):
    sgd = {"kind": "SGD", "momentum": 0.9, "nesterov": False}
    assert interventions_of(steered) == [
        (1, 5, "learning_rate", 0.01),
        (2, 0, "optimizer", sgd),
        (2, 3, "epochs", 5),
        (4, 7, "stop", None),
    ]


def test_a_new_learning_rate_applies_from_the_next_step(steered):
    for event in steered.history.batches:
        changed = (event["epoch"], event["step"]) > (1, 5)
        assert event["learning_rate"] == pytest.approx(0.01 if changed else 0.001)


def test_a_learning_rate_change_keeps_the_weights(steered):
    """A bare Keras model, its rate set by hand after the fifth step, is the same after the first epoch."""
    data, experiment = load_dataset("digits"), steered.experiment
    keras.utils.set_random_seed(experiment.training.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_model(experiment.architecture)
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="categorical_crossentropy")

    def change(batch, logs):
        if batch == 4:
            model.optimizer.learning_rate = 0.01

    model.fit(
        prepare_images(data.x_train, "unit", "channels_last"),
        one_hot(data.y_train, 10),
        batch_size=100,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=change)],
    )
    halves = [weight.astype(np.float16).astype(np.float32) for weight in model.get_weights()]
    assert identical(load_snapshot(steered.folder.weights_dir, 1), halves)


def test_a_new_optimizer_starts_at_the_next_epoch_with_weights_and_rate(steered):
    """Momentum has no memory yet: the first step of SGD is the gradient times the rate, and a small one."""
    losses = {(e["epoch"], e["step"]): e["loss"] for e in steered.history.batches}
    before, after = losses[1, STEPS], losses[2, 1]
    assert abs(after - before) < 0.5
    assert steered.history.epochs[1]["learning_rate"] == pytest.approx(0.01)


def test_added_epochs_are_trained_and_planned(steered):
    assert steered.history.plan.epochs == 5
    assert [event["epoch"] for event in steered.history.epochs] == [1, 2, 3, 4]


def test_a_stop_ends_the_run_at_that_step_with_its_model(steered):
    assert steered.state == "stopped"
    assert steered.history.epochs[-1]["samples"] == 700
    assert steered.history.progress == pytest.approx((3 * 1500 + 700) / (5 * 1500))
    assert steered.has_model
    halves = [weight.astype(np.float16).astype(np.float32) for weight in weights_of(steered.folder)]
    assert identical(load_snapshot(steered.folder.weights_dir, 4), halves)
    assert steered.history.result["epoch"] == 4


# ---- what makes no sense, and what is too late


SENSELESS = (
    "",
    "{",
    "null",
    '"stop"',
    '["command", "stop"]',
    '{"command": "stop", "time": "now"}',
    '{"command": "stop", "time": null}',
    '{"command": "stop", "time": [1]}',
    '{"value": 0.1, "time": 9e9}',
    {"command": None},
    {"command": ["stop"]},
    {"command": {"stop": 1}},
    {"command": "Stop"},
    {"command": "fly"},
    {"command": "resume"},
    *({"command": "learning_rate", "value": v} for v in (-1, 0, 11, True, "0.1", None, [0.1], float("nan"), 10**400)),
    *({"command": "epochs", "value": v} for v in (0, -3, 1001, True, 2.5, "7", None, {}, 10**400)),
    *({"command": "optimizer", "value": v} for v in (None, 3, "Lion", {}, {"kind": "Lion"}, {"kind": []}, [])),
    {"command": "optimizer", "value": {"kind": "SGD", "momentum": 2}},
    {"command": "optimizer", "value": {"kind": "SGD", "beta_1": 0.5}},
)


def test_invalid_and_old_commands_have_no_effect(tmp_path):
    store = RunStore(tmp_path)
    plain, folder = store.create(digits_experiment(epochs=1)), store.create(digits_experiment(epochs=1))
    train_run(plain)
    for name, value in (("stop", None), ("pause", None), ("learning_rate", 1.0), ("epochs", 4), ("optimizer", "sgd")):
        folder.command(name, value)
    time.sleep(0.01)
    put_in_line(folder)

    def give_senseless_commands():
        for line in SENSELESS:
            write_command(folder, line)
        (folder.path / "commands.jsonl").open("ab").write(b"\xff\xfe\x00\n")

    train_run(folder, after_step(1, 2, give_senseless_commands))
    run = store.find(folder.id)
    assert (run.state, run.history.interventions) == ("completed", ())
    assert identical(weights_of(folder), weights_of(plain))


def test_an_optimizer_that_no_epoch_follows_is_recorded_as_unused(tmp_path):
    store = RunStore(tmp_path)
    folder = store.create(digits_experiment(epochs=1))
    train_run(folder, after_step(1, 9, lambda: folder.command("optimizer", {"kind": "SGD", "momentum": 0.9})))
    run = store.find(folder.id)
    sgd = {"kind": "SGD", "momentum": 0.9, "nesterov": False}
    assert interventions_of(run) == [(1, STEPS, "optimizer_unused", sgd)]
    assert run.state == "completed"


# ---- pausing


def train_in_a_thread(folder, listener):
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(train_run(folder, listener)), daemon=True)
    thread.start()
    return thread, outcome


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def test_a_paused_run_keeps_its_lock_and_resumes_on_command(tmp_path, monkeypatch):
    monkeypatch.setattr(steering, "_LOOK_INTERVAL_S", 0.01)
    store = RunStore(tmp_path)
    folder = store.create(digits_experiment(epochs=1))
    pauses = {(1, 4): lambda: folder.command("pause"), (1, 9): lambda: folder.command("pause")}
    thread, outcome = train_in_a_thread(folder, after_steps(pauses))
    for place in (4, 9):
        wait_for(lambda: store.find(folder.id).state == "paused")
        steps = len(events_of(folder, "batch"))
        time.sleep(20 * steering._LOOK_INTERVAL_S)  # it has looked for commands many times
        run = store.find(folder.id)
        assert (run.state, len(run.history.batches)) == ("paused", steps)
        assert run.folder.is_held()
        assert run.is_active
        assert thread.is_alive()
        folder.command("learning_rate", place / 1000)  # is obeyed in a pause, too
        wait_for(lambda n=place: store.find(folder.id).history.interventions[-1]["value"] == n / 1000)
        assert store.find(folder.id).state == "paused"
        folder.command("resume")
        wait_for(lambda: store.find(folder.id).state != "paused")
    thread.join()

    run = store.find(folder.id)
    assert run.state == "completed"
    assert [event["step"] for event in run.history.batches] == list(range(1, STEPS + 1))
    assert states_of(folder) == ["queued", *["running", "paused"] * 2, "running", "completed"]
    what = [(event["step"], event["what"]) for event in run.history.interventions]
    places = {step: [w for s, w in what if s == step] for step in {s for s, _ in what}}
    assert len(places) == 2
    assert all(whats == ["pause", "learning_rate", "resume"] for whats in places.values())

    paused = [e["time"] for e in events_of(folder, "intervention") if e["what"] in ("pause", "resume")]
    pauses_s = (paused[1] - paused[0]) + (paused[3] - paused[2])
    whole = run.history.last_time - run.history.planned
    assert pauses_s >= 2 * 20 * steering._LOOK_INTERVAL_S
    assert run.history.paused == pytest.approx(pauses_s, abs=0.05)
    assert run.history.seconds == outcome[0].seconds <= whole - pauses_s
    assert events_of(folder, "epoch")[0]["seconds"] <= whole - pauses_s


def test_a_stop_ends_a_pause_and_the_run(tmp_path):
    store = RunStore(tmp_path)
    folder = store.create(digits_experiment(epochs=3))

    def pause_and_stop():
        folder.command("pause")
        folder.command("stop")

    train_run(folder, after_step(1, 3, pause_and_stop))
    run = store.find(folder.id)
    assert (run.state, run.has_model) == ("stopped", True)
    assert run.history.epochs[-1]["samples"] == 300


# ---- the callback alone


class Model:
    """As much of a Keras model as steering touches."""

    def __init__(self):
        self.stop_training = False
        self.optimizer = SimpleNamespace(_learning_rate=keras.Variable(0.001), learning_rate=0.001)


def build_callback(folder, epochs=3):
    config = digits_experiment(epochs=epochs).training
    training_state = start_training_state(config)
    reader = CommandReader(folder.path / "commands.jsonl", since=0.0)
    callback = SteeringCallback(reader, folder.writer(), config, training_state)
    callback.set_model(Model())
    callback.set_params({"steps": STEPS})
    callback.on_epoch_begin(0)
    return callback


def whats(folder):
    return [event["what"] for event in events_of(folder, "intervention")]


def test_simultaneous_commands_are_obeyed_in_order(tmp_path):
    """One look at the file may find a pause and its end: neither may be lost."""
    folder = create_run(tmp_path, digits_experiment())
    callback = build_callback(folder)
    for name in ("pause", "pause", "resume", "pause", "resume", "resume"):
        folder.command(name)
    callback.on_train_batch_end(0)
    assert whats(folder) == ["pause", "resume", "pause", "resume"]
    assert states_of(folder) == ["queued", "paused", "running", "paused", "running"]


def test_a_multi_step_call_ends_at_the_last_step_of_the_epoch(tmp_path):
    folder = create_run(tmp_path, digits_experiment())
    callback = build_callback(folder)
    folder.command("stop")
    callback.on_train_batch_end(STEPS + 5)
    assert [event["step"] for event in events_of(folder, "intervention")] == [STEPS]


def test_after_a_stop_further_commands_are_ignored(tmp_path):
    folder = create_run(tmp_path, digits_experiment())
    callback = build_callback(folder)
    for name in ("stop", "pause", "stop"):
        folder.command(name)
    callback.on_train_batch_end(0)
    assert whats(folder) == ["stop"]
    assert callback.model.stop_training
    assert callback.stopped


def test_training_ends_with_the_planned_epoch_and_not_before(tmp_path):
    callback = build_callback(create_run(tmp_path, digits_experiment()), epochs=3)
    ends = []
    for epoch in range(3):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch)
        ends.append(callback.model.stop_training)
    assert ends == [False, False, True]


def test_epochs_can_be_added_until_the_end(tmp_path):
    folder = create_run(tmp_path, digits_experiment())
    callback = build_callback(folder, epochs=1)
    folder.command("epochs", 2)
    callback.on_epoch_end(0)
    assert not callback.model.stop_training
    assert callback.training_state.epochs == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "momentum"]), inner),
)


@given(value=JSON, name=st.sampled_from(["learning_rate", "optimizer", "epochs", "resume"]))
def test_no_command_value_breaks_a_run(tmp_path_factory, name, value):
    folder = create_run(tmp_path_factory.mktemp("runs"), digits_experiment())
    callback = build_callback(folder)
    write_command(folder, {"command": name, "value": value})
    callback.on_train_batch_end(0)
    callback.on_epoch_end(0)
    assert 0 < callback.model.optimizer.learning_rate <= 10
    assert 1 <= callback.training_state.epochs <= 1000
    assert len(whats(folder)) <= 1
