"""What `fit` is fed, computed again with NumPy and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight
from small_runs import digits_experiment

from cnn_core import load_dataset
from cnn_core.architecture.layers import Dense, Flatten
from cnn_core.data.datasets.base import Dataset
from cnn_core.errors import SpecError
from cnn_core.experiment.training import TrainingConfig
from cnn_core.training.arrays import balance, prepare_arrays


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


def prepare(dataset, **training):
    return prepare_arrays(dataset, digits_experiment(**training))


def relabelled(digits, labels):
    labels = np.asarray(labels)
    return Dataset(digits.info, digits.x_train[: len(labels)], labels, digits.x_test, digits.y_test)


def test_by_default_all_images_are_trained_on_and_the_test_set_is_monitored(digits):
    arrays = prepare(digits)
    assert arrays.x_train.shape == (1500, 28, 28, 1)
    assert np.array_equal(arrays.x_train, digits.x_train.astype(np.float32) / np.float32(255))
    assert np.array_equal(arrays.y_train.argmax(axis=1), digits.y_train)
    assert arrays.x_watched is arrays.x_test
    assert arrays.y_watched is arrays.y_test
    assert arrays.class_weight is None


@pytest.mark.parametrize(("share", "count"), [(1.0, 1500), (0.5, 750), (1 / 3, 500), (0.0001, 1)])
def test_a_training_fraction_takes_the_first_images(digits, share, count):
    arrays = prepare(digits, train_share=share)
    assert len(arrays.x_train) == len(arrays.y_train) == count
    assert np.array_equal(arrays.y_train.argmax(axis=1), digits.y_train[:count])
    assert len(arrays.x_test) == 297


def test_validation_images_are_the_last_and_not_trained_on(digits):
    arrays = prepare(digits, train_share=0.5, validation_split=0.2)
    assert np.array_equal(arrays.x_train, digits.x_train[:600].astype(np.float32) / np.float32(255))
    assert np.array_equal(arrays.x_watched, digits.x_train[600:750].astype(np.float32) / np.float32(255))
    assert np.array_equal(arrays.y_watched.argmax(axis=1), digits.y_train[600:750])
    assert len(arrays.x_test) == 297


@given(share=st.floats(1e-6, 1), split=st.floats(0, 1, exclude_max=True), images=st.integers(1, 70_000))
def test_training_and_validation_images_add_up_to_the_fraction(share, split, images):
    config = TrainingConfig(train_share=share, validation_split=split)
    used, samples = config.count_used(images), config.count_samples(images)
    assert 1 <= samples <= used <= images
    assert used <= max(1, images * share) < used + 1 + 1e-6
    assert abs(samples - max(1, used * (1 - split))) <= 1
    assert config.steps_per_epoch(images) == int(np.ceil(samples / config.batch_size))


# ---- labels


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5, 1.0])
def test_label_noise_affects_training_labels_only(digits, noise):
    arrays = prepare(digits, label_noise=noise)
    wrong = arrays.y_train.argmax(axis=1) != digits.y_train
    spread = np.sqrt(1500 * noise * (1 - noise))  # of a binomial count
    assert abs(wrong.sum() - 1500 * noise) <= 4 * spread
    assert np.array_equal(arrays.y_test.argmax(axis=1), digits.y_test)
    assert np.all(arrays.y_train.sum(axis=1) == 1)


def test_wrong_labels_are_uniform_over_the_other_classes(digits):
    arrays = prepare(digits, label_noise=1.0)
    shifts = np.bincount((arrays.y_train.argmax(axis=1) - digits.y_train) % 10, minlength=10)
    assert shifts[0] == 0
    assert np.all(np.abs(shifts[1:] - 1500 / 9) < 4 * np.sqrt(1500 / 9))


def test_the_seed_determines_the_wrong_labels(digits):
    labels = [prepare(digits, label_noise=0.3, seed=seed).y_train for seed in (1, 1, 2)]
    assert np.array_equal(labels[0], labels[1])
    assert not np.array_equal(labels[0], labels[2])


def test_validation_labels_have_no_noise(digits):
    arrays = prepare(digits, label_noise=1.0, validation_split=0.2)
    assert np.array_equal(arrays.y_watched.argmax(axis=1), digits.y_train[1200:])
    assert np.all(arrays.y_train.argmax(axis=1) != digits.y_train[:1200])


def test_sparse_labels_are_the_class_indices(digits):
    arrays = prepare(digits, loss="sparse_categorical_crossentropy")
    assert arrays.y_train.dtype == np.int32
    assert np.array_equal(arrays.y_train, digits.y_train)
    assert np.array_equal(arrays.y_test, digits.y_test)


# ---- classes that are rare, or not there


def test_balanced_weights_match_scikit_learn(digits):
    arrays = prepare(digits, class_weight="balanced", train_share=0.3, label_noise=0.2)
    labels = arrays.y_train.argmax(axis=1)
    expected = compute_class_weight("balanced", classes=np.arange(10), y=labels)
    assert [arrays.class_weight[i] for i in range(10)] == pytest.approx(list(expected))


@given(labels=st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_balanced_weights_give_every_class_equal_total_weight(labels):
    counts = np.bincount(labels, minlength=5)
    weights = balance(counts)
    assert all(np.isfinite(list(weights.values())))
    says = {round(weights[i] * count, 9) for i, count in enumerate(counts) if count}
    assert says == {round(len(labels) / 5, 9)}
    assert all(weights[i] == 1 for i, count in enumerate(counts) if not count)


def test_classes_without_training_images_are_reported(digits):
    labels = np.where(np.isin(digits.y_train, (3, 7)), 0, digits.y_train)
    arrays = prepare(relabelled(digits, labels), class_weight="balanced")
    assert arrays.missing_classes == (3, 7)
    assert arrays.class_weight[3] == arrays.class_weight[7] == 1
    assert prepare(digits).missing_classes == ()


# ---- what does not fit


def test_a_fraction_too_small_for_validation_is_an_error_with_the_repair(digits):
    with pytest.raises(SpecError, match=r"validation split of 0\.1 of 1 images holds none out.*larger share"):
        prepare(digits, train_share=0.0001, validation_split=0.1)


def test_an_output_layer_of_the_wrong_size_is_an_error_with_its_name(digits):
    with pytest.raises(SpecError, match=r"answer: .*give the last layer 10 units"):
        prepare_arrays(digits, digits_experiment(Flatten(), Dense(units=7, name="answer", activation="softmax")))


@pytest.mark.parametrize("field", ["epochs", "batch_size"])
def test_zero_epochs_or_batches_are_errors(field):
    with pytest.raises(SpecError, match=f"{field}: Input should be greater than or equal to 1; received 0"):
        digits_experiment().with_training(**{field: 0})
