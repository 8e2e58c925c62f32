import errno
import json

import keras
import numpy as np
import pytest
from small_runs import identical

from cnn_core.errors import ModelError
from cnn_core.runs.checkpoints import (
    Checkpoint,
    list_checkpoints,
    load_checkpoint,
    load_latest_checkpoint,
    prune,
    save_checkpoint,
)
from cnn_core.training.state import restore, take_checkpoint

X = np.random.default_rng(0).random((40, 6), dtype=np.float32)
Y = np.eye(3, dtype=np.float32)[np.arange(40) % 3]


def some_checkpoint(epoch, **facts):
    rng = np.random.default_rng(epoch)
    return Checkpoint(epoch, [rng.random((3, 2)), rng.random(2)], [np.array([1, 2], np.uint32)], [rng.random(4)], facts)


def build(optimizer=None):
    """A network with every kind of state: dropout's random numbers, moving averages, an optimizer's memory."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(optimizer=optimizer or keras.optimizers.Adam(0.05), loss="categorical_crossentropy")
    return model


def take_steps(model, count):
    for _ in range(count):
        model.train_on_batch(X, Y)
    return model.get_weights()


# ---- files


def test_a_checkpoint_round_trips(tmp_path):
    saved = some_checkpoint(3, rate=0.1, best=None, last={"loss": float("nan")})
    save_checkpoint(tmp_path / "checkpoints", saved)
    loaded = load_checkpoint(tmp_path / "checkpoints", 3)
    for group in ("weights", "states", "optimizer"):
        assert identical(getattr(loaded, group), getattr(saved, group))
        assert [a.dtype for a in getattr(loaded, group)] == [a.dtype for a in getattr(saved, group)]
    assert (loaded.epoch, loaded.facts["rate"], loaded.facts["best"]) == (3, 0.1, None)
    assert np.isnan(loaded.facts["last"]["loss"])


def test_more_than_ten_arrays_keep_their_order(tmp_path):
    weights = [np.full(2, i, np.float32) for i in range(1200)]
    save_checkpoint(tmp_path, Checkpoint(1, weights, [], []))
    assert identical(load_checkpoint(tmp_path, 1).weights, weights)


def test_the_last_two_and_the_best_are_kept(tmp_path):
    for epoch in range(1, 7):
        save_checkpoint(tmp_path, some_checkpoint(epoch))
        prune(tmp_path, best=2 if epoch >= 2 else 1)
    assert list_checkpoints(tmp_path) == [2, 5, 6]


def test_partial_checkpoints_are_removed(tmp_path):
    save_checkpoint(tmp_path, some_checkpoint(1))
    (tmp_path / "epoch-0002.part").write_bytes(b"half of it")
    (tmp_path / "epoch-x.npz").write_bytes(b"")
    assert list_checkpoints(tmp_path) == [1]
    prune(tmp_path, best=1)
    assert not list(tmp_path.glob("*.part"))


def test_a_missing_folder_has_no_checkpoint(tmp_path):
    assert list_checkpoints(tmp_path / "absent") == []
    assert load_latest_checkpoint(tmp_path / "absent") is None


@pytest.mark.parametrize("failing", ["os.fsync", "numpy.savez"])
def test_a_full_disk_keeps_the_previous_checkpoint(tmp_path, monkeypatch, failing):
    save_checkpoint(tmp_path, some_checkpoint(1, try_="first"))

    def refuse(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(failing, refuse)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, some_checkpoint(1, try_="second"))
    assert load_checkpoint(tmp_path, 1).facts == {"try_": "first"}
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001.npz"]


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_damaged_checkpoint_falls_back_to_the_previous_one(tmp_path, share):
    for epoch in (1, 2):
        path = save_checkpoint(tmp_path, some_checkpoint(epoch))
    cut(path, share)
    with pytest.raises(ModelError, match="checkpoint of epoch 2"):
        load_checkpoint(tmp_path, 2)
    assert load_latest_checkpoint(tmp_path).epoch == 1
    cut(tmp_path / "epoch-0001.npz", share)
    assert load_latest_checkpoint(tmp_path) is None


def test_a_checkpoint_without_metadata_is_damaged(tmp_path):
    np.savez(tmp_path / "epoch-0001.npz", w0000=np.zeros(2))
    with pytest.raises(ModelError, match="checkpoint of epoch 1"):
        load_checkpoint(tmp_path, 1)


def test_checkpoint_metadata_is_json(tmp_path):
    path = save_checkpoint(tmp_path, some_checkpoint(1, epochs=4))
    with np.load(path) as file:
        assert json.loads(file["facts"].tobytes()) == {"epochs": 4}


# ---- models


def test_training_resumes_from_a_checkpoint_bit_for_bit(tmp_path):
    model = build()
    take_steps(model, 3)
    save_checkpoint(tmp_path, take_checkpoint(model, 1, {}))
    expected = take_steps(model, 3)

    again = build()
    take_steps(again, 1)  # whatever it did before is undone
    restore(again, load_checkpoint(tmp_path, 1), steps_per_epoch=3)
    assert int(again.optimizer.iterations) == 3
    assert identical(take_steps(again, 3), expected)


def test_a_checkpoint_of_another_optimizer_is_rejected():
    model = build()
    take_steps(model, 1)
    with pytest.raises(ModelError, match="another network or optimizer"):
        restore(build(keras.optimizers.SGD(0.1)), take_checkpoint(model, 1, {}), 3)


def test_weights_without_optimizer_state_start_a_new_optimizer():
    trained = take_steps(build(), 5)
    bare, ours = build(), build()
    bare.set_weights(trained)
    restore(ours, Checkpoint(2, trained, [], []), steps_per_epoch=5)
    assert identical(take_steps(ours, 2), take_steps(bare, 2))


def test_weights_without_optimizer_state_keep_the_schedule_position():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=5, decay_rate=0.5)
    model = build(keras.optimizers.Adam(schedule))
    restore(model, Checkpoint(2, model.get_weights(), [], []), steps_per_epoch=5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.1 * 0.5**2)
