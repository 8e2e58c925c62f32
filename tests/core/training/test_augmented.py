"""Training images as the augmentation layers make them."""

import numpy as np
import pytest

from cnn_core import find_recipe
from cnn_core.architecture.augmentation import Augmentation, with_augmentation
from cnn_core.training.augmented import augment_images

R2 = find_recipe("R2").experiment.architecture
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 12, 12, 3), dtype=np.uint8)


def augment(seed=0, images=IMAGES, **knobs):
    return augment_images(images, with_augmentation(R2, Augmentation(**knobs)), seed)


def test_without_augmentation_nothing_is_changed():
    assert np.array_equal(augment(), IMAGES)


def test_a_horizontal_flip_keeps_or_mirrors_each_image():
    changed = augment(flip="horizontal")
    mirrored = [np.array_equal(new, old[:, ::-1]) for new, old in zip(changed, IMAGES, strict=True)]
    same = [np.array_equal(new, old) for new, old in zip(changed, IMAGES, strict=True)]
    assert all(a or b for a, b in zip(mirrored, same, strict=True))


def test_both_outcomes_occur():
    changed = [augment(seed, flip="horizontal") for seed in range(4)]
    same = sum(np.array_equal(new, old) for batch in changed for new, old in zip(batch, IMAGES, strict=True))
    assert 0 < same < 24


@pytest.mark.parametrize("knobs", [{"shift": 0.3}, {"rotation": 0.2}, {"zoom": 0.4}], ids=str)
def test_each_augmentation_changes_pixels_deterministically(knobs):
    changed = augment(seed=3, **knobs)
    assert changed.shape == IMAGES.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, IMAGES)
    assert np.array_equal(changed, augment(seed=3, **knobs))
    assert not np.array_equal(changed, augment(seed=4, **knobs))


def test_a_shift_is_bounded_and_fills_with_background():
    dot = np.zeros((40, 20, 20, 1), np.uint8)
    dot[:, 10, 10] = 255
    changed = augment(images=dot, shift=0.2).astype(float)[..., 0]
    ink = changed.sum(axis=(1, 2))
    rows = (changed.sum(axis=2) * np.arange(20)).sum(axis=1) / ink
    assert np.abs(rows - 10).max() <= 0.2 * 20 + 0.02
    assert np.abs(rows - 10).max() > 2
    assert changed[:, :4].max() == 0


def test_the_given_images_are_not_modified():
    before = IMAGES.copy()
    augment(shift=0.3, rotation=0.2, zoom=0.1, flip="horizontal")
    assert np.array_equal(IMAGES, before)
