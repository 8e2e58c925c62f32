import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import digits_experiment, identical

from cnn_core import RunStore, build_model, load_dataset, train_run
from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.runs.snapshots import (
    LIVE_NAME,
    list_early_steps,
    list_snapshots,
    load_early_step,
    load_live_weights,
    load_snapshot,
    save_early_step,
    save_live_weights,
    save_snapshot,
    thin_snapshots,
)
from cnn_core.training import callbacks

WEIGHTS = [np.random.default_rng(i).normal(size=(3, 2, i + 1)).astype(np.float32) for i in range(12)]


def test_weights_round_trip_in_order_and_half_precision(tmp_path):
    save_snapshot(tmp_path / "weights", 4, WEIGHTS)
    loaded = load_snapshot(tmp_path / "weights", 4)
    assert [array.dtype for array in loaded] == [np.float32] * 12
    for array, weight in zip(loaded, WEIGHTS, strict=True):
        assert np.array_equal(array, weight.astype(np.float16))


def test_epochs_are_listed_in_their_order_and_leftovers_ignored(tmp_path):
    for epoch in (10, 0, 9):
        save_snapshot(tmp_path, epoch, WEIGHTS[:1])
    (tmp_path / "epoch-0003.part.npz").write_bytes(b"")
    (tmp_path / "epoch-x.npz").write_bytes(b"")
    assert list_snapshots(tmp_path) == [0, 9, 10]


def test_a_missing_folder_has_no_snapshots(tmp_path):
    assert list_snapshots(tmp_path / "absent") == []


def test_weights_too_large_for_half_precision_become_infinite(tmp_path):
    save_snapshot(tmp_path, 1, [np.array([1e9, np.nan], np.float32)])
    (loaded,) = load_snapshot(tmp_path, 1)
    assert np.isposinf(loaded[0])
    assert np.isnan(loaded[1])


def test_a_missing_epoch_is_an_error_with_its_number(tmp_path):
    with pytest.raises(ModelError, match="epoch 7"):
        load_snapshot(tmp_path, 7)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_snapshot_is_an_error_with_its_name(tmp_path, share):
    path = save_snapshot(tmp_path, 2, WEIGHTS)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match="epoch 2"):
        load_snapshot(tmp_path, 2)


def test_a_damaged_snapshot_is_an_error_with_its_name(tmp_path):
    path = save_snapshot(tmp_path, 2, [np.random.default_rng(0).normal(size=4000)])
    content = bytearray(path.read_bytes())
    for where in range(1000, 1400):
        content[where] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ModelError, match="epoch 2"):
        load_snapshot(tmp_path, 2)


def test_early_steps_and_live_weights_are_listed_and_read_apart_from_epochs(tmp_path):
    save_snapshot(tmp_path, 1, WEIGHTS[:1])
    for step in (100, 1, 10):
        save_early_step(tmp_path, step, WEIGHTS[1:3])
    save_live_weights(tmp_path, WEIGHTS[3:5])
    assert (list_snapshots(tmp_path), list_early_steps(tmp_path)) == ([1], [1, 10, 100])
    assert identical(load_early_step(tmp_path, 10), [w.astype(np.float16) for w in WEIGHTS[1:3]])
    assert identical(load_live_weights(tmp_path), [w.astype(np.float16) for w in WEIGHTS[3:5]])
    with pytest.raises(ModelError, match="step 7"):
        load_early_step(tmp_path, 7)


def test_missing_live_weights_are_an_error(tmp_path):
    with pytest.raises(ModelError, match="this moment"):
        load_live_weights(tmp_path)


@pytest.mark.parametrize("epochs", [1, 50, 51, 100, 101, 137, 1000])
def test_about_50_evenly_spaced_epochs_are_kept(tmp_path, epochs):
    for epoch in range(epochs + 1):
        (tmp_path / f"epoch-{epoch:04d}.npz").touch()
        thin_snapshots(tmp_path)
    kept = list_snapshots(tmp_path)
    assert (kept[0], kept[-1]) == (0, epochs)
    assert min(epochs, 25) <= len(kept) <= 52
    gaps = set(np.diff(kept[:-1]).tolist())
    assert len(gaps) <= 1
    assert kept[-1] - kept[-2] <= max(gaps, default=1)


# ---- of a real run


@pytest.fixture(scope="module")
def run_and_bare_keras(tmp_path_factory):
    """150 steps, two of them in each call; (folder, weights by step of a bare Keras model, what was live meanwhile)."""
    experiment = digits_experiment(batch_size=10, epochs=1)
    folder = RunStore(tmp_path_factory.mktemp("runs")).create(experiment)
    lives = []

    def look(event):
        if event["type"] == "batch" and (folder.weights_dir / LIVE_NAME).exists():
            lives.append(load_live_weights(folder.weights_dir))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks, "EVENT_INTERVAL_S", 0.0)
        patch.setattr(callbacks, "LIVE_INTERVAL_S", 0.0)
        patch.setattr(callbacks, "LIVE_SHARE", 1e9)
        train_run(folder, look)

    data, kept = load_dataset("digits"), {}
    keras.utils.set_random_seed(experiment.training.seed)
    tf.config.experimental.enable_op_determinism()
    model = build_model(experiment.architecture)
    kept[0] = model.get_weights()
    model.compile(optimizer="adam", loss="categorical_crossentropy", steps_per_execution=1)
    keep = keras.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: kept.update({b + 1: model.get_weights()}))
    x, y = prepare_images(data.x_train, "unit", "channels_last"), one_hot(data.y_train, 10)
    model.fit(x, y, batch_size=10, callbacks=[keep], verbose=0)
    halves = {step: [w.astype(np.float16).astype(np.float32) for w in weights] for step, weights in kept.items()}
    return folder, halves, lives


def test_early_steps_are_the_weights_of_a_bare_keras_run_bit_for_bit(run_and_bare_keras):
    folder, bare, _ = run_and_bare_keras
    assert list_early_steps(folder.weights_dir) == [1, 10, 100]
    for step in (1, 10, 100):
        assert identical(load_early_step(folder.weights_dir, step), bare[step]), step
    assert identical(load_snapshot(folder.weights_dir, 0), bare[0])
    assert identical(load_snapshot(folder.weights_dir, 1), bare[150])


def test_live_weights_are_removed_at_the_end_of_the_run(run_and_bare_keras):
    folder, bare, lives = run_and_bare_keras
    assert len(lives) > 50
    seen = [next(step for step in bare if identical(bare[step], weights)) for weights in lives]
    assert seen == sorted(seen)
    assert seen[-1] > 100
    assert not (folder.weights_dir / LIVE_NAME).exists()
    assert not list(folder.weights_dir.glob("*.part.npz"))
