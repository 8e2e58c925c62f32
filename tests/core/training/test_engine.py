import csv
import json
import math

import keras
import numpy as np
import pytest

from cnn_core import RunStore, load_dataset, load_probe, train_run
from cnn_core.architecture import build_model
from cnn_core.architecture.layers import Dense, Flatten
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.data.preprocess import one_hot, prepare_images
from cnn_core.errors import DataError, RunError, SpecError
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.training.events import read_events


def events_of(folder, type_):
    return [event for event in read_events(folder.events_path) if event["type"] == type_]


def weights_of(folder):
    return keras.saving.load_model(folder.model_path, compile=False).get_weights()


def identical(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# ---- what a run leaves behind


def test_a_run_writes_the_documented_files_and_no_others(digits_run):
    folder, _, _ = digits_run
    files = {str(path.relative_to(folder.path)) for path in folder.path.rglob("*") if path.is_file()}
    weights = {f"weights/epoch-{epoch:04d}.npz" for epoch in (0, 1, 2)}
    documented = {"run.json", "experiment.json", "events.jsonl", "history.csv", "model.keras"} | weights
    assert files - {"lock"} == documented


def test_the_listener_hears_every_event_of_the_file_after_queued(digits_run):
    folder, _, heard = digits_run
    assert heard == list(read_events(folder.events_path))[1:]


def test_events_are_numbered_without_a_gap(digits_run):
    events = list(read_events(digits_run[0].events_path))
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert [event["time"] for event in events] == sorted(event["time"] for event in events)


def test_a_run_goes_from_queued_over_running_to_completed(digits_run):
    assert [event["state"] for event in events_of(digits_run[0], "state")] == ["queued", "running", "completed"]


def test_the_plan_comes_before_the_batches_and_says_what_they_add_up_to(digits_run):
    types = [event["type"] for event in read_events(digits_run[0].events_path)]
    assert types.index("plan") < types.index("batch")
    (plan,) = events_of(digits_run[0], "plan")
    assert (plan["epochs"], plan["steps_per_epoch"], plan["samples"], plan["parameters"]) == (2, 24, 1500, 50_890)
    assert plan["watched"] == "test"


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
    probabilities = load_probe(folder).predict(prepare_images(data.x_test, "unit", "channels_last"))
    assert np.mean(probabilities.argmax(axis=1) == data.y_test) == pytest.approx(result.test_accuracy, abs=1e-6)
    log_loss = -np.log(probabilities[np.arange(len(data.y_test)), data.y_test]).mean()
    assert log_loss == pytest.approx(result.test_loss, abs=1e-3)
    (event,) = events_of(folder, "result")
    assert (event["test_loss"], event["test_accuracy"]) == (result.test_loss, result.test_accuracy)


def test_history_csv_has_one_row_an_epoch_with_kerass_metric_keys(digits_run):
    folder, _, _ = digits_run
    with (folder.path / "history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for row, event in zip(rows, events_of(folder, "epoch"), strict=True):
        for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert float(row[key]) == event[key]


def test_snapshots_reach_from_the_untrained_network_to_the_trained_one(digits_run):
    folder, _, _ = digits_run
    assert list_snapshots(folder.weights_dir) == [0, 1, 2]
    final = weights_of(folder)
    for snapshot, weight in zip(load_snapshot(folder.weights_dir, 2), final, strict=True):
        assert np.allclose(snapshot, weight, rtol=1e-3, atol=1e-4)
    assert not identical(load_snapshot(folder.weights_dir, 0), load_snapshot(folder.weights_dir, 2))


def test_a_finished_run_holds_no_lock(digits_run):
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


@pytest.mark.parametrize("data_format", ["channels_first", "channels_last"])
def test_several_steps_per_call_learn_the_same_as_one(store, tiny_experiment, data_format, monkeypatch):
    from cnn_core.training import engine

    architecture = tiny_experiment.architecture.model_copy(update={"data_format": data_format})
    experiment = tiny_experiment.model_copy(update={"architecture": architecture})
    weights = []
    for steps in (1, 7):
        monkeypatch.setattr(engine, "_steps_per_execution", lambda samples, batch_size, steps=steps: steps)
        folder = store.create(experiment)
        train_run(folder)
        weights.append(weights_of(folder))
        assert sum(1 for _ in events_of(folder, "batch")) >= 2
    assert identical(*weights)


# ---- settings


def test_a_validation_split_is_watched_instead_of_the_test_set(store, tiny_experiment):
    folder = store.create(tiny_experiment.with_training(validation_split=0.2, epochs=1))
    result = train_run(folder)
    (plan,) = events_of(folder, "plan")
    assert (plan["watched"], plan["samples"], plan["steps_per_epoch"]) == ("validation", 1200, 12)
    assert events_of(folder, "batch")[-1]["samples"] == 1200
    (epoch,) = events_of(folder, "epoch")
    assert epoch["val_accuracy"] != result.test_accuracy  # 300 training images are not the 297 test images
    data = load_dataset("digits")
    held_out = load_probe(folder).predict(prepare_images(data.x_train[1200:], "unit", "channels_last"))
    assert np.mean(held_out.argmax(axis=1) == data.y_train[1200:]) == pytest.approx(epoch["val_accuracy"], abs=1e-6)


def test_without_a_validation_split_the_watched_figures_are_the_tests(digits_run):
    folder, result, _ = digits_run
    last = events_of(folder, "epoch")[-1]
    assert (last["val_loss"], last["val_accuracy"]) == (result.test_loss, result.test_accuracy)


def test_mean_squared_error_and_raw_pixels_are_trained_as_they_say(store, tiny_experiment):
    folder = store.create(
        tiny_experiment.with_training(loss="mse", optimizer="sgd", learning_rate=0.01, input_scaling="raw", epochs=1)
    )
    result = train_run(folder)
    data = load_dataset("digits")
    probabilities = load_probe(folder).predict(prepare_images(data.x_test, "raw", "channels_last"))
    squared_error = np.square(probabilities - one_hot(data.y_test, 10)).mean()
    assert squared_error == pytest.approx(result.test_loss, abs=1e-5)


# ---- stopping


def test_a_stop_command_ends_the_run_with_the_model_it_has(store, tiny_experiment):
    folder = store.create(tiny_experiment.with_training(epochs=50))

    def stop_in_the_second_epoch(event):
        if event["type"] == "epoch" and event["epoch"] == 1:
            folder.command("stop")

    result = train_run(folder, stop_in_the_second_epoch)
    run = store.find(folder.id)
    assert run.state == "stopped"
    assert len(run.history.epochs) < 50
    assert run.history.test_accuracy == result.test_accuracy
    assert load_probe(folder).predict(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)


def test_a_stop_command_amid_an_epoch_does_not_wait_for_its_end(store, tiny_experiment):
    folder = store.create(tiny_experiment.with_training(epochs=3, batch_size=1))

    def stop_at_once(event):
        if event["type"] == "plan":
            folder.command("stop")

    train_run(folder, stop_at_once)
    run = store.find(folder.id)
    assert run.state == "stopped"
    assert run.history.batches[-1]["samples"] < 1500
    assert run.history.progress < 1


# ---- failing


def test_a_run_without_its_data_set_fails_with_the_reason(store, tiny_experiment, monkeypatch):
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


def test_an_unforeseen_error_is_recorded_with_its_kind(store, tiny_experiment):
    folder = store.create(tiny_experiment)

    def explode(event):
        if event["type"] == "plan":
            raise ZeroDivisionError("boom")

    with pytest.raises(ZeroDivisionError):
        train_run(folder, explode)
    run = store.find(folder.id)
    assert (run.state, run.reason) == ("failed", "ZeroDivisionError: boom")


def test_a_run_ended_from_the_keyboard_is_interrupted_not_failed(store, tiny_experiment):
    folder = store.create(tiny_experiment)

    def press_control_c(event):
        if event["type"] == "plan":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(folder, press_control_c)
    assert store.find(folder.id).state == "interrupted"


def test_a_run_that_another_process_works_on_is_left_alone(store, tiny_experiment):
    folder = store.create(tiny_experiment)
    before = folder.events_path.read_bytes()
    with folder.lock(), pytest.raises(RunError, match="being trained by another process"):
        train_run(folder)
    assert folder.events_path.read_bytes() == before


# ---- diverging


@pytest.fixture(scope="module")
def diverged_run(tmp_path_factory, tiny_experiment):
    layers = (Flatten(), Dense(units=8), Dense(units=8), Dense(units=10, activation="softmax"))
    config = {"optimizer": "sgd", "learning_rate": 10.0, "input_scaling": "raw", "epochs": 3}
    experiment = tiny_experiment.with_training(**config)
    experiment = experiment.model_copy(update={"architecture": ArchitectureSpec(name="diverges", layers=layers)})
    store = RunStore(tmp_path_factory.mktemp("runs"))
    folder = store.create(experiment)
    return store, folder, train_run(folder)


def test_a_loss_that_is_not_a_number_is_written_as_null(diverged_run):
    _, folder, result = diverged_run
    assert math.isnan(result.test_loss)
    assert events_of(folder, "epoch")[-1]["loss"] is None
    assert "NaN" not in folder.events_path.read_text(encoding="utf-8")
    assert all(json.loads(line) for line in folder.events_path.read_text(encoding="utf-8").splitlines())


def test_a_diverged_run_reads_as_completed_with_gaps_in_its_curve(diverged_run):
    store, folder, _ = diverged_run
    run = store.find(folder.id)
    assert run.state == "completed"
    assert run.history.epochs[-1]["val_loss"] is None
    assert 0 <= run.history.test_accuracy <= 1
    assert run.history.progress == 1


def test_a_diverged_runs_weights_and_model_can_still_be_looked_at(diverged_run):
    _, folder, _ = diverged_run
    assert list_snapshots(folder.weights_dir) == [0, 1, 2, 3]
    assert len(load_snapshot(folder.weights_dir, 3)) == 6
    assert load_probe(folder).predict(np.zeros((1, 28, 28, 1), np.float32)).shape == (1, 10)


def test_a_run_is_trained_only_once(digits_run):
    folder = digits_run[0]
    with pytest.raises(RunError, match="trained already"):
        train_run(folder)
    assert folder.last_state() == "completed"
