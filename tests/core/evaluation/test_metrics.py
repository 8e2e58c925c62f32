"""Metrics, with scikit-learn and Keras as the judges."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnn_core.evaluation import metrics

classes_and_answers = st.integers(2, 12).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)), min_size=1, max_size=80),
    )
)


def random_probabilities(seed, count=60, classes=7):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.full(classes, 0.4), count), generator.integers(0, classes, count)


@given(classes_and_answers)
def test_confusion_matrix_and_class_metrics_match_scikit_learn(drawn):
    from sklearn.metrics import confusion_matrix, precision_score, recall_score

    classes, pairs = drawn
    labels, predicted = np.array(pairs).T
    matrix = metrics.confusion_matrix(labels, predicted, classes)
    assert np.array_equal(matrix, confusion_matrix(labels, predicted, labels=range(classes)))
    figures = metrics.compute_class_figures(matrix)
    options = {"labels": range(classes), "average": None, "zero_division": np.nan}
    np.testing.assert_allclose(figures.recall, recall_score(labels, predicted, **options))
    np.testing.assert_allclose(figures.precision, precision_score(labels, predicted, **options))
    assert figures.support.tolist() == np.bincount(labels, minlength=classes).tolist()


@given(classes_and_answers)
def test_accuracy_is_the_diagonal_over_the_total(drawn):
    from sklearn.metrics import accuracy_score

    classes, pairs = drawn
    labels, predicted = np.array(pairs).T
    matrix = metrics.confusion_matrix(labels, predicted, classes)
    assert metrics.compute_accuracy(labels, predicted) == pytest.approx(accuracy_score(labels, predicted))
    assert metrics.compute_accuracy(labels, predicted) == pytest.approx(np.trace(matrix) / matrix.sum())
    np.testing.assert_array_equal(metrics.accuracy_by_class(matrix), metrics.compute_class_figures(matrix).recall)


def test_small_labels_do_not_overflow():
    labels = np.full(3, 9, np.uint8)
    assert metrics.confusion_matrix(labels, labels, 250)[9, 9] == 3


@given(st.integers(0, 10_000))
def test_cross_entropy_matches_scikit_learn(seed):
    from sklearn.metrics import log_loss

    probabilities, labels = random_probabilities(seed)
    assume(probabilities[np.arange(len(labels)), labels].min() > 1e-12)
    expected = log_loss(labels, probabilities, labels=range(probabilities.shape[1]))
    assert metrics.cross_entropy(probabilities, labels) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "loss", ["categorical_crossentropy", "sparse_categorical_crossentropy", "mse", "kl_divergence"]
)
def test_each_loss_matches_keras(loss):
    import keras

    probabilities, labels = random_probabilities(3)
    probabilities = (0.9 * probabilities + 0.1 / probabilities.shape[1]).astype(np.float32)  # away from Keras's cut
    truth = labels if loss.startswith("sparse") else np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    expected = float(np.mean(keras.losses.get(loss)(truth, probabilities)))
    assert metrics.compute_loss(probabilities, labels, loss) == pytest.approx(expected, rel=1e-4)


def test_a_loss_with_label_smoothing_matches_keras():
    import keras

    probabilities, labels = random_probabilities(4)
    probabilities = (0.9 * probabilities + 0.1 / probabilities.shape[1]).astype(np.float32)
    truth = np.eye(probabilities.shape[1], dtype=np.float32)[labels]
    expected = float(keras.losses.CategoricalCrossentropy(label_smoothing=0.2)(truth, probabilities))
    given_loss = metrics.compute_loss(probabilities, labels, "categorical_crossentropy", label_smoothing=0.2)
    assert given_loss == pytest.approx(expected, rel=1e-4)


def test_a_probability_of_zero_has_a_large_finite_loss():
    assert 80 < metrics.cross_entropy(np.array([[1.0, 0.0]]), np.array([1])) < 100


@given(st.integers(0, 10_000))
def test_most_confident_mistakes_are_sorted_by_confidence(seed):
    probabilities, labels = random_probabilities(seed)
    found = metrics.find_surest_mistakes(probabilities, labels)
    assert set(found) == set(np.flatnonzero(probabilities.argmax(axis=1) != labels))
    confidence = probabilities[found].max(axis=1)
    assert (np.diff(confidence) <= 0).all()


def test_nan_is_never_the_most_confident():
    probabilities = np.array([[math.nan, math.nan], [0.2, 0.8], [0.9, 0.1]])
    assert metrics.find_surest_mistakes(probabilities, np.array([1, 0, 0])).tolist() == [1, 0]


@given(classes_and_answers)
def test_confusions_are_sorted_by_frequency(drawn):
    classes, pairs = drawn
    matrix = metrics.confusion_matrix(*np.array(pairs).T, classes)
    found = metrics.find_confusions(matrix)
    counts = [count for _, _, count in found]
    assert counts == sorted(counts, reverse=True)
    assert {(true, called): count for true, called, count in found} == {
        (true, called): matrix[true, called]
        for true in range(classes)
        for called in range(classes)
        if true != called and matrix[true, called]
    }
