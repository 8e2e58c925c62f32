import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from cnn_core import centre_ink, load_dataset

DRAWINGS = arrays(
    np.float32,
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    elements=st.sampled_from([0.0, 0.0, 0.05, 0.3, 0.7, 1.0]),
)


@given(ink=DRAWINGS)
def test_any_drawing_becomes_28_by_28_ink_within_0_and_1(ink):
    centred = centre_ink(ink)
    assert (centred.shape, centred.dtype) == ((28, 28), np.float32)
    assert centred.min() >= 0
    assert centred.max() <= 1


@given(ink=DRAWINGS)
def test_no_side_of_the_ink_is_longer_than_20(ink):
    inked = centre_ink(ink) > 0
    assert inked.any(axis=0).sum() <= 20
    assert inked.any(axis=1).sum() <= 20


@given(ink=DRAWINGS, above=st.integers(0, 30), left=st.integers(0, 30), below=st.integers(0, 9))
def test_the_position_of_a_drawing_makes_no_difference(ink, above, left, below):
    assert np.array_equal(centre_ink(np.pad(ink, ((above, below), (left, 3)))), centre_ink(ink))


@given(shape=st.tuples(st.integers(1, 50), st.integers(1, 50)), level=st.sampled_from([0, 0.02, 0.05, 0.1]))
def test_a_blank_canvas_stays_blank_even_with_faint_noise(shape, level):
    assert not centre_ink(np.full(shape, level, np.float32)).any()


@pytest.mark.parametrize("shape", [(40, 10), (10, 40), (300, 300), (8, 8)])
def test_the_longest_side_becomes_20_with_the_same_aspect_ratio(shape):
    inked = centre_ink(np.ones(shape, np.float32)) > 0.5
    sides = inked.any(axis=1).sum(), inked.any(axis=0).sum()
    assert sides == tuple(round(side * 20 / max(shape)) for side in shape)


def test_the_center_of_mass_is_at_index_14():
    centred = centre_ink(np.tri(20, dtype=np.float32))  # heavy below and on the left
    centre = [(centred.sum(axis=1 - axis) * np.arange(28)).sum() / centred.sum() for axis in (0, 1)]
    assert np.abs(np.array(centre) - 14).max() <= 0.51


def test_ink_stays_inside_the_image_when_its_mass_is_at_one_end():
    ink = np.zeros((20, 20), np.float32)
    ink[:3] = 1
    ink[:, 10] = 0.11  # a faint tail that reaches the box's other end
    assert (centre_ink(ink) > 0).any(axis=1).sum() == 20


def test_an_image_of_the_digits_dataset_is_unchanged():
    image = load_dataset("digits").x_test[3, ..., 0] / np.float32(255)
    assert np.abs(centre_ink(image) - image).mean() < 0.01


@pytest.mark.mnist
def test_an_mnist_digit_enlarged_ten_times_is_nearly_restored():
    images = load_dataset("mnist").x_test[:40, ..., 0]
    differences = []
    for image in images:
        large = Image.fromarray(image).resize((280, 280), Image.Resampling.BICUBIC)
        centred = centre_ink(np.asarray(large, np.float32) / 255)
        differences.append(np.abs(centred - image / np.float32(255)).mean())
    assert np.mean(differences) < 0.03
    assert max(differences) < 0.08


@pytest.mark.mnist
def test_mnist_digits_have_their_mass_where_drawings_are_centered():
    ink = load_dataset("mnist").x_test[..., 0].astype(float)
    for axis in (1, 2):
        centres = (ink.sum(axis=3 - axis) * np.arange(28)).sum(axis=1) / ink.sum(axis=(1, 2))
        assert abs(centres.mean() - 14) < 0.1
