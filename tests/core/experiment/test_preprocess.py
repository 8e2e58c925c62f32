import numpy as np
import pytest

from cnn_core import DATASETS, find_recipe
from cnn_core.experiment.preprocess import one_hot, prepare_images, prepare_ink

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 6, 5, 2), np.uint8)
IMAGES[0, 0, 0, 0], IMAGES[0, 0, 0, 1] = 0, 255


def test_unit_scaling_puts_pixels_between_0_and_1():
    x = prepare_images(IMAGES, "unit", "channels_last")
    assert x.dtype == np.float32
    assert (x.min(), x.max()) == (0, 1)
    assert np.array_equal(x, IMAGES.astype(np.float32) / 255)


def test_raw_scaling_leaves_pixels_between_0_and_255():
    x = prepare_images(IMAGES, "raw", "channels_last")
    assert x.dtype == np.float32
    assert np.array_equal(x, IMAGES)


@pytest.mark.parametrize("scaling", ["unit", "raw"])
def test_channels_first_only_moves_the_channel_axis(scaling):
    first = prepare_images(IMAGES, scaling, "channels_first")
    assert first.shape == (3, 2, 6, 5)
    assert np.array_equal(np.moveaxis(first, 1, -1), prepare_images(IMAGES, scaling, "channels_last"))


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_preprocessing_does_not_modify_the_images(data_format):
    before = IMAGES.copy()
    prepare_images(IMAGES, "unit", data_format)
    assert np.array_equal(IMAGES, before)


def test_one_hot_has_a_single_1_at_the_label():
    rows = one_hot(np.array([2, 0, 3]), 4)
    assert rows.dtype == np.float32
    assert rows.tolist() == [[0, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 1]]


def drawing():
    ink = np.zeros((28, 28), np.float32)
    ink[6:22, 12:16] = np.linspace(0.1, 1, 16, dtype=np.float32)[:, np.newaxis]
    return ink


@pytest.mark.parametrize("short", ["R1", "R2", "R3"])
def test_a_drawing_is_preprocessed_as_the_training_images(short):
    experiment = find_recipe(short).experiment
    picture = np.rint(drawing() * 255).astype(np.uint8)[np.newaxis, ..., np.newaxis]
    expected = prepare_images(picture, experiment.training.input_scaling)
    assert np.array_equal(prepare_ink(drawing(), experiment), expected)


def test_a_drawing_is_resized_and_repeated_per_channel_for_color_models():
    x = prepare_ink(drawing(), find_recipe("R2").experiment.on_dataset("cifar10"))
    assert x.shape == (1, *DATASETS["cifar10"].image_shape) == (1, 32, 32, 3)
    assert np.array_equal(x[..., 0], x[..., 1])
    assert np.array_equal(x[..., 0], x[..., 2])
    assert x.max() > 0.9
    assert not x[0, 0].any()


def test_a_drawing_is_channels_last_for_a_channels_first_model_too():
    assert prepare_ink(drawing(), find_recipe("R1").experiment.on_dataset("cifar10")).shape == (1, 32, 32, 3)
