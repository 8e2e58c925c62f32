import numpy as np
import pytest

from cnn_core import load_dataset


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


def test_digits_has_1500_training_and_297_test_images_in_mnist_format(digits):
    assert (digits.x_train.shape, digits.x_train.dtype) == ((1500, 28, 28, 1), np.uint8)
    assert (digits.x_test.shape, digits.x_test.dtype) == ((297, 28, 28, 1), np.uint8)
    assert (digits.y_train.shape, digits.y_train.dtype) == ((1500,), np.int64)
    assert (digits.y_test.shape, digits.y_test.dtype) == ((297,), np.int64)


def test_digits_has_every_class_in_both_splits(digits):
    assert set(digits.y_train) == set(digits.y_test) == set(range(10))


def test_digits_uses_the_full_pixel_range(digits):
    assert digits.x_train.min() == 0
    assert digits.x_train.max() == 255


def test_digits_are_centered_by_mass_as_in_mnist(digits):
    ink = digits.x_train[..., 0].astype(float)
    mass = ink.sum(axis=(1, 2))
    for axis in (1, 2):
        centres = (ink.sum(axis=3 - axis) * np.arange(28)).sum(axis=1) / mass
        assert abs(centres.mean() - 14) < 0.1
        assert np.abs(centres - 14).max() <= 0.51


def test_digits_have_ink_of_20_by_20_with_a_margin(digits):
    inked = digits.x_train[..., 0] > 0
    assert inked.any(axis=2).sum(axis=1).max() <= 20
    assert inked.any(axis=1).sum(axis=1).max() <= 20
