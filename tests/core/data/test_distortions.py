"""Each distortion against SciPy's image processing, and what they promise together."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import ndimage

from cnn_core import find_recipe
from cnn_core.data.distortions import Distortion, blur, distort, distort_all, thicken, turn
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.experiment.preprocess import prepare_ink, to_inputs, to_picture

KNOBS = {"shift_x": -3, "shift_y": 2, "rotation": 20.0, "scale": 70.0, "thickness": 0.5, "blur": 1.0, "noise": 0.2}


@pytest.fixture(scope="module")
def digit():
    return centre_ink(draw_strokes(DIGIT_STROKES[5]))[:, :, np.newaxis]


def noise_picture(shape=(9, 12, 3)):
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def test_no_distortion_returns_the_same_image(digit):
    assert np.array_equal(distort(digit, Distortion()), digit)
    assert Distortion().is_none
    assert not Distortion(blur=1).is_none


@pytest.mark.parametrize(("x", "y"), [(1, 0), (-6, 6), (4, -2)])
def test_a_shift_moves_right_and_down_and_fills_with_background(digit, x, y):
    moved = distort(digit, Distortion(shift_x=x, shift_y=y))
    assert np.array_equal(moved[..., 0], ndimage.shift(digit[..., 0], (y, x), order=0, cval=0))


@pytest.mark.parametrize("degrees", [-60.0, -15.0, 30.0])
def test_a_rotation_is_clockwise_and_agrees_with_scipy(digit, degrees):
    turned = turn(digit, 1.0, degrees)[..., 0]
    expected = ndimage.rotate(digit[..., 0], -degrees, reshape=False, order=1, mode="nearest")
    assert np.abs(turned - expected).max() < 1e-5


def test_a_quarter_turn_is_exact():
    picture = noise_picture((8, 8, 1))
    assert np.allclose(turn(picture, 1.0, 90.0), np.rot90(picture, -1), atol=1e-5)


@pytest.mark.parametrize("size", [0.5, 0.85, 1.5])
def test_a_size_agrees_with_scipys_affine_transform(digit, size):
    middle = (np.array(digit.shape[:2]) - 1) / 2
    expected = ndimage.affine_transform(
        digit[..., 0], np.eye(2) / size, middle - middle / size, order=1, mode="nearest"
    )
    assert np.abs(turn(digit, size, 0.0)[..., 0] - expected).max() < 1e-5


@pytest.mark.parametrize(("pixels", "filter_of"), [(1, ndimage.maximum_filter), (-1, ndimage.minimum_filter)])
def test_one_pixel_of_thickness_is_scipys_gray_dilation_or_erosion(pixels, filter_of):
    picture = noise_picture()
    assert np.array_equal(thicken(picture, pixels), filter_of(picture, size=(3, 3, 1), mode="nearest"))
    twice = filter_of(picture, size=(5, 5, 1), mode="nearest")
    assert np.array_equal(thicken(picture, 2 * pixels), twice)


def test_half_a_pixel_of_thickness_is_the_mean_of_both():
    picture = noise_picture()
    assert np.allclose(thicken(picture, 0.5), (picture + thicken(picture, 1)) / 2, atol=1e-6)


@pytest.mark.parametrize("deviation", [0.25, 1.0, 2.75])
def test_blur_is_scipys_gaussian_filter(deviation):
    picture = noise_picture()
    expected = ndimage.gaussian_filter(picture, (deviation, deviation, 0), mode="nearest")
    assert np.abs(blur(picture, deviation) - expected).max() < 1e-5


def test_noise_is_deterministic_and_has_the_given_strength():
    grey = np.full((60, 60, 1), 0.5, np.float32)
    noisy = distort(grey, Distortion(noise=0.1))
    assert np.array_equal(noisy, distort(grey, Distortion(noise=0.1)))
    assert not np.array_equal(noisy, distort(grey, Distortion(noise=0.1), seed=1))
    assert (noisy - grey).std() == pytest.approx(0.1, rel=0.05)
    assert np.allclose(distort(grey, Distortion(noise=0.05)) - grey, (noisy - grey) / 2, atol=1e-6)


def test_a_batch_gives_the_same_results_as_single_images(digit):
    several = [Distortion(**{name: value}) for name, value in KNOBS.items()] + [Distortion(**KNOBS)]
    together = distort_all(digit, several)
    assert together.dtype == np.float32
    assert together.min() >= 0
    assert together.max() <= 1
    for one, distortion in zip(together, several, strict=True):
        assert np.array_equal(one, distort(digit, distortion))


def test_color_images_are_extended_by_their_edges_and_digits_by_background():
    assert distort(np.ones((8, 8, 3), np.float32), Distortion(shift_x=3, rotation=30)).min() == pytest.approx(1)
    assert distort(np.ones((8, 8, 1), np.float32), Distortion(shift_x=3))[:, :3].max() == 0


def test_the_input_image_is_not_modified(digit):
    before = digit.copy()
    distort(digit, Distortion(**KNOBS))
    assert np.array_equal(digit, before)


@pytest.mark.parametrize("recipe", ["R1", "R2", "R3"])  # channels first, as it is, raw pixels
def test_an_image_converts_to_inputs_and_back(recipe, digit):
    experiment = find_recipe(recipe).experiment
    inputs = prepare_ink(digit[..., 0], experiment)
    picture = to_picture(inputs, experiment)
    assert picture.shape == (28, 28, 1)
    assert np.abs(picture - digit).max() < 0.003
    assert np.allclose(to_inputs(picture[np.newaxis], experiment), inputs, atol=1e-4)


@pytest.mark.parametrize("wrong", [{"shift_x": 7}, {"scale": 20}, {"blur": -1}, {"nosie": 0.1}])
def test_values_out_of_range_or_unknown_are_rejected(wrong):
    with pytest.raises(ValidationError):
        Distortion(**wrong)
