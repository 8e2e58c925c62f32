"""Novelty: distances against scikit-learn's, few false alarms, and scribbles that are noticed."""

import keras
import numpy as np
import pytest
from attack_networks import held_out, learn_digits
from sklearn.neighbors import NearestNeighbors

from cnn_core import RunStore, find_recipe
from cnn_core.data.datasets.load import load_dataset
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.errors import DataError, ModelError
from cnn_core.experiment.preprocess import prepare_images, prepare_ink
from cnn_core.inspection import load_probe
from cnn_core.inspection.robustness.novelty import find_dataset, measure_novelty, prepare_reference

LETTERS = {
    "A": [[(0.25, 0.85), (0.5, 0.15), (0.75, 0.85)], [(0.35, 0.6), (0.65, 0.6)]],
    "E": [[(0.7, 0.2), (0.3, 0.2), (0.3, 0.8), (0.7, 0.8)], [(0.3, 0.5), (0.6, 0.5)]],
    "K": [[(0.3, 0.15), (0.3, 0.85)], [(0.7, 0.15), (0.3, 0.52), (0.72, 0.85)]],
    "M": [[(0.2, 0.85), (0.25, 0.2), (0.5, 0.65), (0.75, 0.2), (0.8, 0.85)]],
    "N": [[(0.25, 0.85), (0.25, 0.15), (0.75, 0.85), (0.75, 0.15)]],
    "W": [[(0.15, 0.2), (0.32, 0.8), (0.5, 0.35), (0.68, 0.8), (0.85, 0.2)]],
    "X": [[(0.25, 0.2), (0.75, 0.8)], [(0.75, 0.2), (0.25, 0.8)]],
    "F": [[(0.7, 0.2), (0.3, 0.2), (0.3, 0.85)], [(0.3, 0.5), (0.6, 0.5)]],
    "T": [[(0.2, 0.2), (0.8, 0.2)], [(0.5, 0.2), (0.5, 0.85)]],
    "R": [[(0.3, 0.85), (0.3, 0.15), (0.55, 0.15), (0.7, 0.3), (0.55, 0.48), (0.3, 0.5), (0.72, 0.85)]],
}


def scribbles(count=10):
    """Broken lines between random points."""
    for seed in range(count):
        points = np.random.default_rng(seed).uniform(0.1, 0.9, (12, 2))
        yield [[(float(x), float(y)) for x, y in points]]


@pytest.fixture(scope="module")
def probe():
    return learn_digits()


@pytest.fixture(scope="module")
def reference(probe):
    return prepare_reference(probe)


def features(probe, inputs):
    """What the two dense layers are given, each at length 1."""
    wanted = [layer.input for layer in probe.model.layers if isinstance(layer, keras.layers.Dense)]
    blocks = keras.Model(probe.model.input, wanted)(inputs)
    return np.concatenate([b / np.linalg.norm(b, axis=1, keepdims=True) for b in map(np.asarray, blocks)], axis=1)


def test_nearest_training_images_match_scikit_learn(probe, reference):
    data = load_dataset("digits")
    train = prepare_images(data.x_train, "unit", "channels_last")
    inputs = held_out(probe)[0][:5]
    oracle = NearestNeighbors(n_neighbors=8).fit(features(probe, train))
    distances, indices = oracle.kneighbors(features(probe, inputs))
    for row in range(5):
        found = measure_novelty(probe, inputs[row : row + 1], reference)
        assert np.allclose(found.distances, distances[row], atol=1e-3)
        assert set(found.indices[:4]) <= set(indices[row])
        assert found.distance == pytest.approx(distances[row, :3].mean(), abs=1e-3)
        assert np.array_equal(found.labels, data.y_train[found.indices])


def test_the_fraction_of_nearer_test_images_is_counted(probe, reference):
    inputs = held_out(probe)[0]
    found = [measure_novelty(probe, inputs[i : i + 1], reference) for i in range(0, 297, 10)]
    for one in found:
        assert one.nearer == pytest.approx(np.mean(reference.distances < one.distance), abs=0.01)
        assert one.is_unlike == (one.distance > reference.limit)


def test_a_training_image_is_its_own_nearest_neighbor(probe, reference):
    data = load_dataset("digits")
    found = measure_novelty(probe, prepare_images(data.x_train[7:8], "unit", "channels_last"), reference)
    assert found.indices[0] == 7
    assert found.distances[0] < 1e-2
    assert not found.is_unlike


def test_few_test_images_are_out_of_distribution(probe, reference):
    assert np.mean(reference.distances > reference.limit) <= 0.03
    inputs = held_out(probe)[0]
    unlike = [measure_novelty(probe, inputs[i : i + 1], reference).is_unlike for i in range(0, 297, 6)]
    assert np.mean(unlike) <= 0.08


def test_noise_and_inverted_digits_are_out_of_distribution(probe, reference):
    noise = np.random.default_rng(0).random((1, 28, 28, 1), dtype=np.float32)
    assert measure_novelty(probe, noise, reference).is_unlike
    assert measure_novelty(probe, 1 - held_out(probe)[0][:1], reference).is_unlike


def test_the_reference_is_computed_once_with_progress():
    probe, told = learn_digits(epochs=1), []
    first = prepare_reference(probe, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert prepare_reference(probe) is first


def test_without_the_dataset_digits_replace_digit_datasets_only():
    assert find_dataset(find_recipe("R2").experiment) == "digits"
    with pytest.raises(DataError, match="Download it"):
        find_dataset(find_recipe("R2").experiment.on_dataset("fashion_mnist"))


def test_a_diverged_network_is_an_error_message():
    probe = learn_digits(epochs=1)
    probe.model.set_weights([w * np.nan for w in probe.model.get_weights()])
    with pytest.raises(ModelError, match="diverged"):
        prepare_reference(probe)


@pytest.mark.mnist
def test_on_mnist_letters_and_scribbles_are_out_of_distribution_and_digits_are_not(tmp_path):
    probe = load_probe(RunStore(tmp_path).find("R2").folder)
    data = load_dataset("mnist")
    reference = prepare_reference(probe, data)

    def unlike(drawings):
        inks = (centre_ink(draw_strokes(strokes)) for strokes in drawings)
        return sum(measure_novelty(probe, prepare_ink(ink, probe.experiment), reference).is_unlike for ink in inks)

    assert unlike(LETTERS.values()) >= 9
    assert unlike(scribbles()) >= 9
    assert unlike(DIGIT_STROKES.values()) == 0
    inputs = prepare_images(data.x_test[::25], "unit", "channels_last")
    false = [measure_novelty(probe, inputs[i : i + 1], reference).is_unlike for i in range(400)]
    assert np.mean(false) <= 0.03
