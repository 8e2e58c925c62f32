"""A new run from an epoch of another one: exact where the whole state was kept, from the weights alone elsewhere."""

import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import (
    digits_experiment,
    events_of,
    figures_of,
    identical,
    interventions_of,
    states_of,
    weights_of,
)

from cnn_core import DATASETS, LocalExecutor, RunStore, build_model, load_dataset, train_run
from cnn_core.architecture.layers import Conv2D, Dense, Dropout, Flatten
from cnn_core.data.datasets.base import Dataset
from cnn_core.errors import RunError
from cnn_core.execution.fork import fork_run, is_exact, list_restart_epochs
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.runs.checkpoints import list_checkpoints, load_checkpoint, load_latest_checkpoint
from cnn_core.runs.snapshots import list_snapshots, load_snapshot, save_snapshot
from cnn_core.training import engine

WITH_DROPOUT = (Conv2D(filters=2, strides=4), Dropout(rate=0.3), Flatten(), Dense(units=10, activation="softmax"))


def contents(folder):
    return {path: path.read_bytes() for path in sorted(folder.path.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("runs"))


def train(store, folder):
    train_run(folder)
    return store.find(folder.id)


@pytest.fixture(scope="module")
def original(lab):
    return train(lab, lab.create(digits_experiment(*WITH_DROPOUT, epochs=4)))


def test_a_run_can_be_forked_from_every_kept_epoch(original):
    assert list_restart_epochs(original) == [0, 1, 2, 3, 4]
    assert [epoch for epoch in range(5) if is_exact(original, epoch)] == [3, 4]


def test_a_fork_from_a_checkpoint_continues_bit_for_bit(lab, original):
    before = contents(original.folder)
    fork = train(lab, fork_run(lab, original, 3, owner="ada"))
    assert fork.state == "completed"
    assert figures_of(fork) == figures_of(original)
    assert identical(weights_of(fork.folder), weights_of(original.folder))
    assert fork.history.result["test_loss"] == original.history.result["test_loss"]
    assert contents(original.folder) == before
    assert (fork.folder.facts.owner, fork.folder.facts.parent, fork.folder.facts.parent_epoch) == (
        "ada",
        original.id,
        3,
    )


def test_a_fork_from_weights_trains_as_keras_would(lab, original):
    before = contents(original.folder)
    fork = train(lab, fork_run(lab, original, 1))
    assert [event["epoch"] for event in fork.history.epochs] == [1, 2, 3, 4]
    assert fork.history.epochs[0] | {"seq": 0} == original.history.epochs[0] | {"seq": 0}
    assert contents(original.folder) == before

    data, experiment = load_dataset("digits"), original.experiment
    keras.utils.set_random_seed(experiment.training.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_model(experiment.architecture)
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    model.set_weights(load_snapshot(original.folder.weights_dir, 1))
    x, y = prepare_images(data.x_train, "unit", "channels_last"), one_hot(data.y_train, 10)
    model.fit(x, y, batch_size=100, initial_epoch=1, epochs=4, verbose=0)
    assert identical(weights_of(fork.folder), model.get_weights())


def test_a_fork_from_the_untrained_network_repeats_the_run(lab, original):
    fork = fork_run(lab, original, 0)
    assert list_snapshots(fork.weights_dir) == [0]
    assert list_checkpoints(fork.checkpoints_dir) == []
    assert events_of(fork, "epoch") == events_of(fork, "batch") == []


def test_a_fork_has_the_history_of_its_parent_and_names_it(lab, original):
    fork = lab.find(fork_run(lab, original, 2).id)
    assert (fork.state, fork.name, fork.style) == ("queued", original.name, original.style)
    assert figures_of(fork) == figures_of(original)[:2]
    assert [e["time"] for e in fork.history.batches] == [e["time"] for e in original.history.batches if e["epoch"] <= 2]
    assert list_snapshots(fork.folder.weights_dir) == [0, 1, 2]
    assert interventions_of(fork) == [(2, 15, "restart", {"run": original.id, "epoch": 2})]
    seqs = [event["seq"] for event in events_of(fork.folder, "batch")]
    assert seqs == sorted(seqs)


# ---- the best epoch, steering, more epochs


@pytest.fixture(scope="module")
def best_is_early(lab):
    """Its best epoch lies before the last two."""
    wild = {"optimizer": "rmsprop", "learning_rate": 1.0, "seed": 2}
    experiment = digits_experiment(*WITH_DROPOUT, epochs=5, restore_best=True, validation_split=0.2, **wild)
    run = train(lab, lab.create(experiment))
    assert run.history.result["epoch"] < 4, "its losses are no longer those that this test needs"
    return run


def test_an_epoch_of_the_parent_can_stay_the_best(lab, best_is_early):
    fork = train(lab, fork_run(lab, best_is_early, 4))
    for key in ("epoch", "test_loss", "test_accuracy"):
        assert fork.history.result[key] == best_is_early.history.result[key]
    assert identical(weights_of(fork.folder), weights_of(best_is_early.folder))


def test_without_the_best_epoch_only_weights_are_restored(lab, best_is_early):
    folder = best_is_early.folder
    best = best_is_early.history.result["epoch"]
    aside = folder.path / "aside.npz"
    shutil.move(folder.checkpoints_dir / f"epoch-{best:04d}.npz", aside)
    try:
        assert not is_exact(best_is_early, 4)
        fork = fork_run(lab, best_is_early, 4)
        assert load_latest_checkpoint(fork.checkpoints_dir).optimizer == []
    finally:
        shutil.move(aside, folder.checkpoints_dir / f"epoch-{best:04d}.npz")


def hand_made(store, epochs=2, planned=2, interventions=(), rates=(0.001, 0.001, 0.001, 0.001), **training):
    """A run of that many epochs with snapshots and no checkpoints."""
    experiment = digits_experiment(epochs=epochs, **training)
    folder = store.create(experiment)
    writer = folder.writer()
    plan = {"steps_per_epoch": 15, "samples": 1500, "parameters": 1, "watched": "test", "first_epoch": 1}
    writer.emit("plan", epochs=epochs, **plan)
    weights = build_model(experiment.architecture).get_weights()
    save_snapshot(folder.weights_dir, 0, weights)
    for epoch in range(1, planned + 1):
        for event in interventions:
            if event["epoch"] == epoch:
                writer.emit("intervention", step=3, **event)
        figures = {"loss": 1.0, "val_loss": 1.0, "val_accuracy": 0.5, "accuracy": 0.5}
        writer.emit("epoch", epoch=epoch, samples=1500, learning_rate=rates[epoch - 1], seconds=2.5, **figures)
        save_snapshot(folder.weights_dir, epoch, weights)
    writer.emit("state", state="completed")
    return store.find(folder.id)


def facts_of(fork, epoch):
    return load_checkpoint(fork.checkpoints_dir, epoch).facts


def test_a_fork_applies_only_earlier_steering(store):
    changes = (
        {"epoch": 1, "what": "learning_rate", "value": 0.5},
        {"epoch": 2, "what": "optimizer", "value": {"kind": "SGD", "momentum": 0.9}},
        {"epoch": 3, "what": "learning_rate", "value": 0.25},
    )
    schedule = {"kind": "cosine"}
    run = hand_made(store, epochs=4, planned=4, interventions=changes, rates=(0.5, 0.5, 0.25, 0.25), schedule=schedule)
    seen = []
    for epoch in (1, 2, 3):
        facts = facts_of(fork_run(store, run, epoch), epoch)
        seen.append((facts["learning_rate"], facts["optimizer"]["kind"], facts["seconds"]))
    assert seen == [(0.5, "Adam", 2.5), (0.5, "SGD", 5.0), (0.25, "SGD", 7.5)]


def test_an_unchanged_schedule_continues_in_a_fork(store):
    run = hand_made(store, schedule={"kind": "cosine"})
    assert facts_of(fork_run(store, run, 1), 1)["learning_rate"] is None


def test_an_extended_run_can_be_forked_up_to_the_epoch_before_its_last(store):
    more = ({"epoch": 2, "what": "epochs", "value": 4},)
    run = hand_made(store, epochs=2, planned=4, interventions=more)
    fork = fork_run(store, run, 3)
    assert states_of(fork) == ["queued", "queued"]
    assert events_of(fork, "state")[-1]["epochs"] == 4
    assert facts_of(fork, 3)["epochs"] == 4
    with pytest.raises(RunError, match=r"Epoch 4 is the last one of this run\. Add epochs to it instead"):
        fork_run(store, run, 4)


# ---- bundled runs


def test_forking_a_bundled_run_leaves_it_unchanged(store, monkeypatch):
    data = load_dataset("digits")
    few = Dataset(DATASETS["mnist"], data.x_train, data.y_train, data.x_test, data.y_test)
    monkeypatch.setattr(engine, "load_dataset", lambda name, on_progress: few)
    bundled = store.find("Dense")
    before = contents(bundled.folder)
    assert list_restart_epochs(bundled) == [0, 1, 2, 3, 4]
    fork = train(store, fork_run(store, bundled, 4))
    assert (fork.state, fork.bundled) == ("completed", False)
    assert [event["epoch"] for event in fork.history.epochs] == [1, 2, 3, 4, 5]
    assert fork.history.epochs[0]["loss"] == bundled.history.epochs[0]["loss"]
    assert fork.history.epochs[4]["val_accuracy"] > 0.5  # it knows MNIST's digits already
    assert contents(bundled.folder) == before


def test_bundled_runs_without_weights_cannot_be_forked(store):
    assert list_restart_epochs(store.find("R4")) == []
    with pytest.raises(RunError, match=r"kept no weights of epoch 1\. Choose another epoch"):
        fork_run(store, store.find("R4"), 1)


# ---- what can't be


def own(store):
    return [path for path in store.runs_dir.iterdir() if not path.name.startswith(".")]


@pytest.mark.parametrize(("epoch", "words"), [(7, "kept no weights of epoch 7"), (-1, "kept no weights of epoch -1")])
def test_forking_from_an_epoch_without_weights_is_an_error(store, epoch, words):
    run = hand_made(store)
    with pytest.raises(RunError, match=f"{words}. Choose another epoch"):
        fork_run(store, run, epoch)
    assert len(own(store)) == 1


def test_damaged_weights_are_an_error_and_leave_no_partial_run(store):
    run = hand_made(store)
    (run.folder.weights_dir / "epoch-0001.npz").write_bytes(b"nonsense")
    with pytest.raises(RunError, match=r"can't be restarted from epoch 1: The weights of epoch 1 can't be read"):
        fork_run(store, run, 1)
    assert len(own(store)) == 1


def test_a_full_disk_is_an_error_and_leaves_no_partial_run(store, monkeypatch):
    run = hand_made(store)

    def refuse(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", refuse)
    with pytest.raises(RunError, match=r"can't be restarted from epoch 1: .*No space left"):
        fork_run(store, run, 1)
    assert len(own(store)) == 1


def test_the_executor_queues_the_fork(store):
    executor = LocalExecutor(store)
    executor.close()
    fork = executor.restart_from(hand_made(store).id, 1, owner="ada")
    assert [(ticket.run_id, ticket.owner) for ticket in executor.queue.waiting()] == [(fork.id, "ada")]
    assert np.array_equal(list_restart_epochs(store.find(fork.id)), [0, 1])
