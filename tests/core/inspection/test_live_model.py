"""A network looked into while it learns: the newest weights, and what they make of a few images."""

import os

import keras
import numpy as np
import pytest

from cnn_core import build_model, load_dataset
from cnn_core.errors import ModelError
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.model.live import LiveModel, find_newest_weights
from cnn_core.runs import create_run
from cnn_core.runs.snapshots import save_live_weights, save_snapshot

X = prepare_images(load_dataset("digits").x_test[:3], "unit", "channels_last")


@pytest.fixture
def folder(tmp_path, tiny_experiment):
    return create_run(tmp_path, tiny_experiment)


def written(path, seconds):
    os.utime(path, (seconds, seconds))
    return path


def test_the_weights_written_last_are_used(folder, tiny_experiment):
    weights = build_model(tiny_experiment.architecture).get_weights()
    assert find_newest_weights(folder, active=True) is None
    first = written(save_snapshot(folder.weights_dir, 0, weights), 100)
    assert find_newest_weights(folder, active=True) == first
    live = written(save_live_weights(folder.weights_dir, weights), 200)
    assert find_newest_weights(folder, active=True) == live
    second = written(save_snapshot(folder.weights_dir, 1, weights), 300)
    assert find_newest_weights(folder, active=True) == second


def test_a_partially_written_file_is_ignored(folder, tiny_experiment):
    weights = build_model(tiny_experiment.architecture).get_weights()
    whole = written(save_snapshot(folder.weights_dir, 0, weights), 100)
    (folder.weights_dir / "live.part.npz").write_bytes(b"half")
    assert find_newest_weights(folder, active=True) == whole


def test_the_saved_model_is_used_after_the_run(folder, tiny_experiment):
    model = build_model(tiny_experiment.architecture)
    live = save_live_weights(folder.weights_dir, model.get_weights())
    model.save(folder.model_path)
    assert find_newest_weights(folder, active=True) == live
    assert find_newest_weights(folder, active=False) == folder.model_path


@pytest.mark.parametrize("kept", [True, False], ids=["model.keras", "live.npz"])
def test_live_predictions_match_keras(folder, tiny_experiment, kept):
    keras.utils.set_random_seed(1)
    model = build_model(tiny_experiment.architecture)
    path = save_live_weights(folder.weights_dir, model.get_weights())
    if kept:
        model.save(folder.model_path)
        path = folder.model_path
    live = LiveModel(tiny_experiment)
    live.load(path)
    glimpse = live.look(X, shown=1)
    assert np.allclose(glimpse.probabilities, model.predict(X, verbose=0), atol=2e-3)
    assert np.allclose(glimpse.kernels, model.layers[1].get_weights()[0], atol=2e-3)
    first = keras.Model(model.inputs, model.layers[1].output).predict(X, verbose=0)
    assert np.allclose(glimpse.outputs[0].values, first[1], atol=5e-3)


def test_new_weights_replace_old_ones(folder, tiny_experiment):
    live = LiveModel(tiny_experiment)
    weights = build_model(tiny_experiment.architecture).get_weights()
    live.load(save_live_weights(folder.weights_dir, weights))
    before = live.look(X).probabilities
    live.load(save_live_weights(folder.weights_dir, [np.zeros_like(w) for w in weights]))
    assert not np.allclose(before, 0.1)
    assert np.allclose(live.look(X).probabilities, 0.1)


def test_feature_maps_are_computed_on_request(tiny_experiment):
    assert LiveModel(tiny_experiment).look(X).outputs == ()


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_damaged_weights_are_an_error_message(folder, tiny_experiment, content):
    path = folder.path / "live.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="can't be read"):
        LiveModel(tiny_experiment).load(path)


def test_the_weights_of_another_network_are_an_error(folder, tiny_experiment):
    with pytest.raises(ModelError, match="not those of this network"):
        LiveModel(tiny_experiment).load(save_live_weights(folder.weights_dir, [np.zeros((2, 2))]))
