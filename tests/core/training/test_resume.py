"""A run that was broken off, or that gets more epochs, goes on as if nothing had been between."""

import numpy as np
import pytest
from small_runs import (
    after_step,
    break_off,
    digits_experiment,
    events_of,
    figures_of,
    identical,
    interventions_of,
    put_in_line,
    weights_of,
)

from cnn_core import LocalExecutor, RunStore, train_run
from cnn_core.architecture.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    RandomTranslation,
    RandomZoom,
    SpatialDropout2D,
)
from cnn_core.runs.checkpoints import list_checkpoints, load_checkpoint
from cnn_core.runs.snapshots import list_early_steps, load_early_step, load_snapshot
from cnn_core.runs.training_state import apply_requests, start_training_state
from cnn_core.training import callbacks, steering

CLASSIFIER = (Flatten(), Dense(units=10, activation="softmax"))
EXPERIMENTS = {
    "random pictures, plateaus and the best epoch": digits_experiment(
        RandomTranslation(factor=0.1),
        RandomZoom(factor=0.1),
        Conv2D(filters=4, strides=3),
        BatchNormalization(momentum=0.8),
        Dropout(rate=0.3),
        *CLASSIFIER,
        epochs=8,
        learning_rate=0.6,
        schedule={"kind": "reduce_on_plateau", "patience": 1, "factor": 0.9},
        early_stopping=2,
        restore_best=True,
        validation_split=0.2,
        train_share=0.5,
        seed=4,
    ),
    "a schedule and 16-bit numbers": digits_experiment(
        Conv2D(filters=4, strides=3, activation="relu"),
        SpatialDropout2D(rate=0.2),
        *CLASSIFIER,
        epochs=4,
        optimizer={"kind": "SGD", "momentum": 0.9},
        learning_rate=0.05,
        schedule={"kind": "cosine"},
        precision="mixed_bfloat16",
        clip_norm=1.0,
        label_noise=0.1,
        class_weight="balanced",
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module", autouse=True)
def _every_step_counts():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
        patch.setattr(steering, "_LOOK_INTERVAL_S", 0.0)
        yield


def train(store, experiment):
    folder = store.create(experiment)
    train_run(folder)
    return store.find(folder.id)


def break_at(store, folder, epoch, step):
    with pytest.raises(KeyboardInterrupt):
        train_run(folder, after_step(epoch, step, break_off))
    assert store.find(folder.id).state == "interrupted"
    put_in_line(folder)


def same_outcome(one, other):
    assert figures_of(one) == figures_of(other)
    assert identical(weights_of(one.folder), weights_of(other.folder))
    for key in ("test_loss", "test_accuracy", "epoch"):
        assert one.history.result[key] == other.history.result[key]
    with np.load(one.folder.predictions_path) as a, np.load(other.folder.predictions_path) as b:
        assert np.array_equal(a["probabilities"], b["probabilities"])


@pytest.fixture(scope="module")
def uninterrupted(store):
    return {name: train(store, experiment) for name, experiment in EXPERIMENTS.items()}


@pytest.mark.parametrize(("name", "damaged"), zip(EXPERIMENTS, (False, True), strict=True))
def test_a_run_interrupted_twice_ends_as_an_uninterrupted_one(name, damaged, store, uninterrupted):
    """Also where its newest checkpoint is damaged: that costs another epoch, and nothing else."""
    folder = store.create(EXPERIMENTS[name])
    break_at(store, folder, 1, 5)  # before there is any checkpoint
    break_at(store, folder, 4, 3)
    if damaged:
        newest = folder.checkpoints_dir / "epoch-0003.npz"
        newest.write_bytes(newest.read_bytes()[:1000])
    train_run(folder)
    run = store.find(folder.id)
    assert run.state == "completed"
    assert [event["first_epoch"] for event in events_of(folder, "plan")] == [1, 1, 3 if damaged else 4]
    same_outcome(run, uninterrupted[name])
    places = [(event["epoch"], event["step"]) for event in run.history.batches]
    assert places == sorted(set(places))  # what was done twice is told once
    last = len(run.history.epochs)
    states = [load_checkpoint(r.folder.checkpoints_dir, last) for r in (run, uninterrupted[name])]
    assert identical(states[0].optimizer + states[0].states, states[1].optimizer + states[1].states)


def test_the_resumed_run_stopped_early_before_its_best_epoch_was_last(uninterrupted):
    """Otherwise the comparison above would show less than it seems to."""
    run = uninterrupted["random pictures, plateaus and the best epoch"]
    rates = [event["learning_rate"] for event in run.history.epochs]
    assert rates[3] < rates[0], "no plateau before the break in the fourth epoch"
    assert 4 < len(rates) < 8, "not stopped early"
    assert run.history.result["epoch"] < len(rates)


def test_a_run_killed_after_its_last_epoch_only_writes_the_result(store, uninterrupted):
    """As after a kill there: the events behind the last epoch are gone, and so is the model."""
    run = uninterrupted["random pictures, plateaus and the best epoch"]
    lines = run.folder.events_path.read_text(encoding="utf-8").splitlines(keepends=True)
    before = weights_of(run.folder), figures_of(run), dict(run.history.result)
    last = max(i for i, line in enumerate(lines) if '"type": "epoch"' in line)
    run.folder.events_path.write_text("".join(lines[: last + 1]), encoding="utf-8")
    run.folder.model_path.unlink()
    assert RunStore(store.runs_dir).find(run.id).state == "interrupted"
    put_in_line(run.folder)
    train_run(run.folder)
    again = RunStore(store.runs_dir).find(run.id)
    assert again.state == "completed"
    assert figures_of(again) == before[1]
    assert identical(weights_of(again.folder), before[0])
    for key in ("test_loss", "test_accuracy", "epoch"):
        assert again.history.result[key] == before[2][key]


# ---- steered, then broken off


def test_resume_keeps_steering_before_the_checkpoint_only(store):
    experiment = digits_experiment(epochs=4, schedule={"kind": "exponential"}, learning_rate=0.01)
    acts = {(1, 5): ("learning_rate", 0.005), (1, 9): ("optimizer", {"kind": "RMSprop", "momentum": 0.5})}
    folders = [store.create(experiment) for _ in range(2)]

    def steer(folder, also=None):
        def listen(event):
            place = (event.get("epoch"), event.get("step"))
            if event["type"] == "batch" and place in acts:
                folder.command(*acts[place])
            if event["type"] == "batch" and also and place in also:
                also[place]()

        return listen

    train_run(folders[0], steer(folders[0]))
    undone = {
        (3, 2): lambda: folders[1].command("learning_rate", 5.0),
        (3, 4): lambda: folders[1].command("epochs", 4),
        (3, 6): break_off,
    }
    with pytest.raises(KeyboardInterrupt):
        train_run(folders[1], steer(folders[1], undone))
    put_in_line(folders[1])
    train_run(folders[1])
    one, other = (store.find(folder.id) for folder in folders)
    same_outcome(other, one)
    assert interventions_of(other) == interventions_of(one)
    assert [what for _, _, what, _ in interventions_of(one)] == ["learning_rate", "optimizer"]
    assert figures_of(one)[0]["learning_rate"] == pytest.approx(0.005)
    for step in list_early_steps(one.folder.weights_dir):  # a new optimizer counts from 1 again, the files do not
        assert identical(load_early_step(one.folder.weights_dir, step), load_early_step(other.folder.weights_dir, step))
    first = load_early_step(one.folder.weights_dir, 1)
    start, end = (load_snapshot(one.folder.weights_dir, epoch) for epoch in (0, 1))
    distances = [sum(np.abs(a - b).sum() for a, b in zip(first, other, strict=True)) for other in (start, end)]
    assert distances[0] < distances[1] / 3


# ---- more epochs for a run that is over


@pytest.fixture(scope="module")
def in_one_go(store):
    return train(store, digits_experiment(Conv2D(filters=2, strides=4), Dropout(rate=0.2), *CLASSIFIER, epochs=4))


def submit_nowhere(store):
    """An executor that puts runs in line and starts none."""
    executor = LocalExecutor(store, capacity=1)
    executor.close()
    return executor


def test_added_epochs_train_as_if_planned(store, in_one_go):
    folder = store.create(in_one_go.experiment.with_training(epochs=2))
    train_run(folder)
    before = store.find(folder.id)
    first = [weights.tobytes() for weights in load_snapshot(folder.weights_dir, 1)]
    submit_nowhere(store).extend(folder.id, 2)
    assert store.find(folder.id).state == "queued"
    train_run(folder)

    run = store.find(folder.id)
    assert run.state == "completed"
    assert run.history.epochs[:2] == before.history.epochs
    assert [weights.tobytes() for weights in load_snapshot(folder.weights_dir, 1)] == first
    assert run.history.plan.epochs == 4
    assert run.history.seconds > before.history.seconds
    assert run.history.result != before.history.result
    assert interventions_of(run) == [(2, 15, "epochs", 4)]
    same_outcome(run, in_one_go)


def test_added_epochs_may_use_another_learning_rate(store, in_one_go):
    experiment = in_one_go.experiment.with_training(epochs=1, schedule={"kind": "cosine"})
    runs = []
    for killed in (False, True):
        folder = store.create(experiment)
        train_run(folder)
        submit_nowhere(store).extend(folder.id, 2, learning_rate=0.02)
        if killed:
            break_at(store, folder, 2, 4)
        train_run(folder)
        runs.append(store.find(folder.id))
    for run in runs:
        assert interventions_of(run) == [(1, 15, "epochs", 3), (1, 15, "learning_rate", 0.02)]
        assert [e["learning_rate"] for e in run.history.epochs[1:]] == pytest.approx([0.02, 0.02])
    same_outcome(*runs)


def test_a_stopped_run_resumes_from_its_last_complete_epoch(store, in_one_go):
    folder = store.create(in_one_go.experiment)
    train_run(folder, after_step(3, 4, lambda: folder.command("stop")))
    assert store.find(folder.id).state == "stopped"
    submit_nowhere(store).resume(folder.id)
    train_run(folder)
    run = store.find(folder.id)
    assert run.state == "completed"
    assert interventions_of(run) == []  # the stop was undone with the epoch it was in
    same_outcome(run, in_one_go)


def test_added_epochs_reset_the_patience(store):
    experiment = digits_experiment(epochs=6, learning_rate=1.0, optimizer="sgd", early_stopping=1, restore_best=True)
    run = train(store, experiment)
    reached = len(run.history.epochs)
    assert reached < 6, "it was to stop early"
    submit_nowhere(store).extend(run.id, 1)
    train_run(run.folder)
    again = store.find(run.id)
    assert len(again.history.epochs) == reached + 1
    best = min(again.history.epochs, key=lambda event: event["val_loss"])
    assert again.history.result["epoch"] == best["epoch"]
    assert again.history.result["test_loss"] == pytest.approx(best["val_loss"], rel=1e-5)


# ---- requests, one by one


def test_requests_after_the_checkpoint_are_applied():
    def event(type_, **fields):
        return {"type": type_, **fields}

    def asked(what, epoch, value):
        return event("intervention", what=what, epoch=epoch, step=3, value=value)

    def queued(**request):
        return event("state", state="queued", **request)

    def after(events, epoch):
        training_state = start_training_state(digits_experiment(epochs=3).training)
        untold = apply_requests(training_state, events, epoch)
        return training_state.epochs, training_state.learning_rate, untold

    done = [event("epoch", epoch=1), event("epoch", epoch=2)]
    assert after([queued()], 0) == (3, None, {})
    assert after([queued(epochs=5, learning_rate=0.1), *done], 2) == (3, None, {})
    assert after([*done, queued(epochs=5, learning_rate=0.1)], 2) == (5, 0.1, {"epochs": 5, "learning_rate": 0.1})
    assert after([*done, asked("epochs", 3, 7)], 2) == (7, None, {"epochs": 7})
    assert after([*done, asked("learning_rate", 3, 0.5)], 2) == (3, None, {})
    assert after([*done, asked("learning_rate", 2, 0.5)], 2) == (3, 0.5, {})
    told = [queued(epochs=5, learning_rate=0.1), asked("epochs", 2, 5), asked("learning_rate", 2, 0.1)]
    assert after([*done, *told, asked("learning_rate", 3, 0.7), queued()], 2) == (5, 0.1, {})


def test_only_the_last_two_checkpoints_and_the_best_are_kept(uninterrupted):
    run = uninterrupted["random pictures, plateaus and the best epoch"]
    last = len(run.history.epochs)
    assert list_checkpoints(run.folder.checkpoints_dir) == sorted({run.history.result["epoch"], last - 1, last})
