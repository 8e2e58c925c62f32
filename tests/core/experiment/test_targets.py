"""What each loss gets for a label: checked by giving it to Keras's loss."""

import keras
import numpy as np
import pytest

from cnn_core import TrainingConfig
from cnn_core.experiment.targets import make_target

PROBABILITIES = np.random.default_rng(3).dirichlet(np.ones(10)).astype(np.float32)


def keras_loss(loss, target):
    return float(keras.losses.get(loss)(np.asarray([target]), PROBABILITIES[np.newaxis])[0])


def test_the_sparse_loss_gets_class_indices():
    sparse = make_target(5, 10, TrainingConfig(loss="sparse_categorical_crossentropy"))
    one_hot = make_target(5, 10, TrainingConfig())
    assert sparse == 5
    assert one_hot == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert keras_loss("sparse_categorical_crossentropy", sparse) == pytest.approx(
        keras_loss("categorical_crossentropy", one_hot)
    )


@pytest.mark.parametrize("loss", ["mse", "kl_divergence"])
def test_the_other_losses_get_one_hot_vectors(loss):
    target = make_target(3, 10, TrainingConfig(loss=loss))
    assert np.isfinite(keras_loss(loss, target))
    assert target == [0, 0, 0, 1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("smoothing", [0.01, 0.1, 0.5, 0.9])
def test_a_smoothed_label_matches_keras(smoothing):
    target = make_target(7, 10, TrainingConfig(label_smoothing=smoothing))
    assert sum(target) == pytest.approx(1)
    inside = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    one_hot = np.eye(10, dtype=np.float32)[[7]]
    assert float(inside(one_hot, PROBABILITIES[np.newaxis])) == pytest.approx(
        keras_loss("categorical_crossentropy", target), rel=1e-5
    )
