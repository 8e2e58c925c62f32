import csv
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import after_step, digits_experiment, events_of, identical, put_in_line, states_of, weights_of

from cnn_core import RunStore, TrainingConfig, load_dataset, load_probe, train_run
from cnn_core.architecture import build_model
from cnn_core.architecture.layers import Dense, Flatten
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.data.datasets.base import Dataset
from cnn_core.errors import DataError, RunError, SpecError
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.events import read_events
from cnn_core.runs.snapshots import LIVE_NAME, list_snapshots, load_live_weights, load_snapshot
from cnn_core.training import callbacks, compilation, engine, steering
from cnn_core.training.arrays import prepare_arrays


@pytest.fixture
def every_step(monkeypatch):
    """Every step has its event, and looks for commands."""
    monkeypatch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
    monkeypatch.setattr(steering, "_LOOK_INTERVAL_S", 0.0)


# ---- what a run leaves behind


def test_a_run_writes_the_documented_files_and_no_others(digits_run):
    folder, _, _ = digits_run
    files = {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}
    weights = {f"weights/epoch-{epoch:04d}.npz" for epoch in (0, 1, 2)}
    weights |= {f"weights/step-{step:06d}.npz" for step in (1, 10)}  # of 48 steps
    documented = {"run.json", "experiment.json", "events.jsonl", "history.csv", "model.keras", "predictions.npz"}
    documented |= weights | {"checkpoints/epoch-0001.npz", "checkpoints/epoch-0002.npz"}
    assert files - {"lock"} == documented


def test_the_listener_receives_every_event_after_queued(digits_run):
    folder, _, heard = digits_run
    assert heard == list(read_events(folder.events_path))[1:]


def test_events_are_numbered_without_a_gap(digits_run):
    events = list(read_events(digits_run[0].events_path))
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


def test_a_run_goes_from_queued_to_running_to_completed(digits_run):
    assert [event["state"] for event in events_of(digits_run[0], "state")] == ["queued", "running", "completed"]


def test_the_plan_precedes_the_batches_and_has_their_total(digits_run):
    types = [event["type"] for event in read_events(digits_run[0].events_path)]
    assert types.index("plan") < types.index("batch")
    (plan,) = events_of(digits_run[0], "plan")
    assert (plan["epochs"], plan["steps_per_epoch"], plan["samples"], plan["parameters"]) == (2, 24, 1500, 50_890)
    assert (plan["watched"], plan["first_epoch"], plan["missing_classes"]) == ("test", 1, [])


def test_the_points_of_an_epoch_add_up_to_its_loss_and_accuracy(digits_run):
    folder, _, _ = digits_run
    for epoch in events_of(folder, "epoch"):
        batches = [b for b in events_of(folder, "batch") if b["epoch"] == epoch["epoch"]]
        images = np.diff([0, *(batch["samples"] for batch in batches)])
        assert images.sum() == 1500
        for key in ("loss", "accuracy"):
            mean = np.average([batch[key] for batch in batches], weights=images)
            assert mean == pytest.approx(epoch[key], abs=1e-3)


def test_epochs_and_steps_are_counted_from_1(digits_run):
    folder, _, _ = digits_run
    assert [event["epoch"] for event in events_of(folder, "epoch")] == [1, 2]
    steps = [event["step"] for event in events_of(folder, "batch")]
    assert min(steps) >= 1
    assert max(steps) == 24


def test_the_result_is_what_the_saved_model_reaches_on_the_test_set(digits_run):
    folder, result, _ = digits_run
    data = load_dataset("digits")
    probabilities = load_probe(folder).predict_inputs(prepare_images(data.x_test, "unit", "channels_last"))
    assert np.mean(probabilities.argmax(axis=1) == data.y_test) == pytest.approx(result.test_accuracy, abs=1e-6)
    log_loss = -np.log(probabilities[np.arange(len(data.y_test)), data.y_test]).mean()
    assert log_loss == pytest.approx(result.test_loss, abs=1e-3)
    (event,) = events_of(folder, "result")
    assert (event["test_loss"], event["test_accuracy"]) == (result.test_loss, result.test_accuracy)


def test_history_csv_has_one_row_per_epoch_with_keras_metric_names(digits_run):
    folder, _, _ = digits_run
    with (folder.path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for row, event in zip(rows, events_of(folder, "epoch"), strict=True):
        for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert float(row[key]) == event[key]


def test_stored_predictions_match_the_saved_model(digits_run):
    folder, result, _ = digits_run
    data = load_dataset("digits")
    probabilities = load_probe(folder).predict_inputs(prepare_images(data.x_test, "unit", "channels_last"))
    with np.load(folder.predictions_path) as file:
        assert (file["probabilities"].dtype, file["labels"].dtype) == (np.float16, np.uint8)
        assert np.array_equal(file["labels"], data.y_test)
        assert np.allclose(file["probabilities"], probabilities, atol=1e-3)
        assert np.mean(file["probabilities"].argmax(axis=1) == file["labels"]) == pytest.approx(result.test_accuracy)


def test_snapshots_reach_from_the_untrained_network_to_the_trained_one(digits_run):
    folder, _, _ = digits_run
    assert list_snapshots(folder.weights_dir) == [0, 1, 2]
    final = weights_of(folder)
    for snapshot, weight in zip(load_snapshot(folder.weights_dir, 2), final, strict=True):
        assert np.allclose(snapshot, weight, rtol=1e-3, atol=1e-4)
    assert not identical(load_snapshot(folder.weights_dir, 0), load_snapshot(folder.weights_dir, 2))


def test_a_finished_run_releases_its_lock(digits_run):
    assert not digits_run[0].is_held()
    assert digits_run[0].last_state() == "completed"


# ---- the same seed gives the same network


@pytest.fixture(scope="module")
def seeded_weights(tmp_path_factory, tiny_experiment):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    weights = []
    for seed in (5, 5, 6):
        folder = store.create(tiny_experiment.with_training(seed=seed))
        train_run(folder)
        weights.append(weights_of(folder))
    return weights


def test_the_same_seed_gives_bit_identical_weights(seeded_weights):
    assert identical(seeded_weights[0], seeded_weights[1])


def test_another_seed_gives_other_weights(seeded_weights):
    assert not any(
        np.array_equal(a, b) for a, b in zip(seeded_weights[0], seeded_weights[2], strict=True) if a.ndim > 1
    )


def test_events_and_snapshots_do_not_disturb_training(seeded_weights, tiny_experiment):
    data = load_dataset("digits")
    x_train, x_test = (prepare_images(x, "unit", "channels_last") for x in (data.x_train, data.x_test))
    keras.utils.set_random_seed(5)
    tf.config.experimental.enable_op_determinism()
    model = build_model(tiny_experiment.architecture)
    model.compile(optimizer=keras.optimizers.Adam(0.001), loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train,
        one_hot(data.y_train, 10),
        batch_size=100,
        epochs=2,
        validation_data=(x_test, one_hot(data.y_test, 10)),
        verbose=0,
    )
    assert len(history.epoch) == 2
    assert identical(model.get_weights(), seeded_weights[0])


def test_multiple_steps_per_call_train_bit_for_bit(store, tiny_experiment, seeded_weights, monkeypatch):
    monkeypatch.setattr(compilation, "_CALLS_PER_EPOCH", 2)  # 7 of the 15 steps in one call
    folder = store.create(tiny_experiment.with_training(seed=5))
    train_run(folder)
    assert {event["step"] for event in events_of(folder, "batch")} <= {7, 14, 15}
    assert identical(weights_of(folder), seeded_weights[0])


# ---- settings


def test_a_validation_split_is_monitored_instead_of_the_test_set(store, tiny_experiment):
    folder = store.create(tiny_experiment.with_training(validation_split=0.2, epochs=1))
    result = train_run(folder)
    (plan,) = events_of(folder, "plan")
    assert (plan["watched"], plan["samples"], plan["steps_per_epoch"]) == ("validation", 1200, 12)
    assert events_of(folder, "batch")[-1]["samples"] == 1200
    (epoch,) = events_of(folder, "epoch")
    assert epoch["val_accuracy"] != result.test_accuracy  # 300 training images are not the 297 test images
    data = load_dataset("digits")
    held_out = load_probe(folder).predict_inputs(prepare_images(data.x_train[1200:], "unit", "channels_last"))
    assert np.mean(held_out.argmax(axis=1) == data.y_train[1200:]) == pytest.approx(epoch["val_accuracy"], abs=1e-6)


def test_without_a_validation_split_the_test_set_is_monitored(digits_run):
    folder, result, _ = digits_run
    last = events_of(folder, "epoch")[-1]
    assert (last["val_loss"], last["val_accuracy"]) == (result.test_loss, result.test_accuracy)


def test_mean_squared_error_and_raw_pixels_match_keras(store, tiny_experiment):
    folder = store.create(
        tiny_experiment.with_training(loss="mse", optimizer="sgd", learning_rate=0.01, input_scaling="raw", epochs=1)
    )
    result = train_run(folder)
    data = load_dataset("digits")
    probabilities = load_probe(folder).predict_inputs(prepare_images(data.x_test, "raw", "channels_last"))
    squared_error = np.square(probabilities - one_hot(data.y_test, 10)).mean()
    assert squared_error == pytest.approx(result.test_loss, abs=1e-5)


def fit_by_hand(experiment, optimizer, loss, callbacks=(), **arguments):
    """Keras as a learner would call it, on the arrays that the run was fed."""
    arrays = prepare_arrays(load_dataset("digits"), experiment)
    keras.utils.set_random_seed(experiment.training.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_model(experiment.architecture)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    history = model.fit(
        arrays.x_train,
        arrays.y_train,
        batch_size=experiment.training.batch_size,
        epochs=experiment.training.epochs,
        validation_data=(arrays.x_watched, arrays.y_watched),
        validation_batch_size=500,
        callbacks=list(callbacks),
        verbose=0,
        **arguments,
    )
    return model, history.history


def test_clipping_smoothing_and_class_weights_match_keras(store):
    experiment = digits_experiment(
        optimizer={"kind": "SGD", "momentum": 0.9},
        learning_rate=0.05,
        clip_norm=0.05,
        label_smoothing=0.2,
        class_weight="balanced",
        train_share=0.4,
        validation_split=0.2,
        label_noise=0.3,
    )
    folder = store.create(experiment)
    train_run(folder)
    labels = prepare_arrays(load_dataset("digits"), experiment).y_train.argmax(axis=1)
    assert len(labels) == 480
    weights = dict(enumerate(480 / (10 * np.bincount(labels, minlength=10))))
    by_hand = []
    for clip in (0.05, None):
        sgd = keras.optimizers.SGD(0.05, momentum=0.9, global_clipnorm=clip)
        loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.2)
        by_hand.append(fit_by_hand(experiment, sgd, loss, class_weight=weights))
    assert identical(weights_of(folder), by_hand[0][0].get_weights())
    assert not identical(weights_of(folder), by_hand[1][0].get_weights())
    for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert [event[key] for event in events_of(folder, "epoch")] == by_hand[0][1][key]


def test_early_stopping_keeps_the_best_epoch_as_in_keras(store):
    experiment = digits_experiment(
        loss="sparse_categorical_crossentropy", learning_rate=0.5, epochs=8, early_stopping=1, restore_best=True
    )
    folder = store.create(experiment)
    result = train_run(folder)
    stop = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    model, history = fit_by_hand(experiment, keras.optimizers.Adam(0.5), "sparse_categorical_crossentropy", [stop])
    assert len(events_of(folder, "epoch")) == len(history["loss"]) < 8
    assert identical(weights_of(folder), model.get_weights())
    best = int(np.argmin(history["val_loss"]))
    assert (result.epoch, result.test_accuracy) == (best + 1, pytest.approx(history["val_accuracy"][best]))
    assert identical(load_snapshot(folder.weights_dir, best + 1), [w.astype(np.float16) for w in model.get_weights()])
    assert states_of(folder)[-1] == "completed"


def test_keeping_the_best_epoch_does_not_stop_early():
    (callback,) = compilation.build_keras_callbacks(TrainingConfig(epochs=1, restore_best=True))
    assert callback.restore_best_weights
    assert callback.patience > 1000


def test_oversized_batches_and_missing_classes_can_be_trained(store, monkeypatch):
    data = load_dataset("digits")
    kept = ~np.isin(data.y_train, (2, 9))
    few = Dataset(data.info, data.x_train[kept][:200], data.y_train[kept][:200], data.x_test, data.y_test)
    monkeypatch.setattr(engine, "load_dataset", lambda name, on_progress: few)
    folder = store.create(digits_experiment(batch_size=8192, epochs=1, class_weight="balanced"))
    train_run(folder)
    run = store.find(folder.id)
    assert run.state == "completed"
    assert run.history.plan.missing_classes == (2, 9)
    assert (run.history.plan.steps_per_epoch, run.history.batches[-1]["samples"]) == (1, 200)


# ---- stopping


def test_a_stop_command_takes_effect_within_the_epoch(store, tiny_experiment):
    folder = store.create(tiny_experiment.with_training(epochs=3, batch_size=1))

    def stop_at_once(event):
        if event["type"] == "plan":
            folder.command("stop")

    train_run(folder, stop_at_once)
    run = store.find(folder.id)
    assert run.state == "stopped"
    assert run.history.batches[-1]["samples"] < 1500
    assert run.history.progress < 1 / 3
    assert load_probe(folder).predict_inputs(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)


# ---- failing


def test_a_run_without_its_dataset_fails_with_the_reason(store, tiny_experiment, monkeypatch):
    def no_network():
        raise Exception("no route to host")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", no_network)
    folder = store.create(tiny_experiment.on_dataset("mnist"))
    with pytest.raises(DataError):
        train_run(folder)
    run = store.find(folder.id)
    assert (run.state, run.has_model) == ("failed", False)
    assert "'digits'" in run.reason


def test_a_network_with_too_few_outputs_fails_with_the_layer_and_the_repair(store, tiny_experiment):
    layers = (Flatten(), Dense(units=7, name="answer", activation="softmax"))
    folder = store.create(tiny_experiment.model_copy(update={"architecture": ArchitectureSpec(layers=layers)}))
    with pytest.raises(SpecError, match=r"answer: .*give the last layer 10 units"):
        train_run(folder)
    assert store.find(folder.id).reason.startswith("answer: ")


def test_an_unexpected_error_is_recorded_with_its_type(store, tiny_experiment):
    folder = store.create(tiny_experiment)

    def explode(event):
        if event["type"] == "plan":
            raise ZeroDivisionError("boom")

    with pytest.raises(ZeroDivisionError):
        train_run(folder, explode)
    run = store.find(folder.id)
    assert (run.state, run.reason) == ("failed", "ZeroDivisionError: boom")


def test_a_keyboard_interrupt_marks_the_run_as_interrupted(store, tiny_experiment):
    folder = store.create(tiny_experiment)

    def press_control_c(event):
        if event["type"] == "plan":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(folder, press_control_c)
    assert store.find(folder.id).state == "interrupted"


def test_a_locked_run_is_not_trained(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    before = folder.events_path.read_bytes()
    with folder.lock(), pytest.raises(RunError, match="being trained by another process"):
        train_run(folder)
    assert folder.events_path.read_bytes() == before


# ---- diverging


@pytest.fixture
def diverged_run(every_step, store):
    """Goes well for an epoch; then someone asks for far too high a rate."""
    layers = (Flatten(), Dense(units=8), Dense(units=8), Dense(units=10, activation="softmax"))
    folder = store.create(
        digits_experiment(*layers, optimizer="sgd", learning_rate=1e-6, input_scaling="raw", epochs=3)
    )
    lives = []

    def listen(event):
        if event["type"] == "batch":
            lives.append(load_live_weights(folder.weights_dir) if lives else None)
        faster(event)

    faster = after_step(2, 3, lambda: folder.command("learning_rate", 10))
    with pytest.raises(RunError, match="no number any more"):
        train_run(folder, listen)
    assert len(lives) > 15
    return store, folder


def test_a_nan_loss_fails_the_run_with_the_remedy(diverged_run):
    store, folder = diverged_run
    run = store.find(folder.id)
    assert run.state == "failed"
    for words in ("in epoch 2, step", "Lower the learning rate (it is 10)", "clip the gradients", "0–1"):
        assert words in run.reason
    assert run.history.batches[-1]["loss"] is None
    assert "NaN" not in folder.events_path.read_text(encoding="utf-8")
    assert list_snapshots(folder.weights_dir) == [0, 1]
    assert all(np.isfinite(w).all() for w in load_snapshot(folder.weights_dir, 1))
    assert list_checkpoints(folder.checkpoints_dir) == [1]
    assert not (folder.weights_dir / LIVE_NAME).exists()
    assert not run.has_model

    put_in_line(folder)  # from the last good epoch on, without the rate that spoilt it
    assert math.isfinite(train_run(folder).test_loss)
    again = store.find(folder.id)
    assert (again.state, again.reason, len(again.history.epochs)) == ("completed", "", 3)


def test_a_run_is_trained_only_once(digits_run):
    folder = digits_run[0]
    with pytest.raises(RunError, match="trained already"):
        train_run(folder)
    assert folder.last_state() == "completed"
