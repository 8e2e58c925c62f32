"""The few fixed test images that a network under training is asked about."""

import numpy as np
import pytest

from cnn_core import load_dataset
from cnn_core.data.datasets.samples import pick_samples


def write_test_set(monkeypatch, tmp_path, name, images, labels):
    np.savez(tmp_path / f"{name}.npz", x_test=images, y_test=labels)
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))


def test_samples_are_the_first_test_images_of_four_classes():
    samples, dataset = pick_samples("digits"), load_dataset("digits")
    assert len(set(samples.labels)) == len(samples.labels) == 4
    for image, label in zip(samples.images, samples.labels, strict=True):
        assert np.array_equal(image, dataset.x_test[list(dataset.y_test).index(label)])
    assert not samples.own


def test_a_file_is_read_in_the_order_of_its_images(monkeypatch, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
    write_test_set(monkeypatch, tmp_path, "mnist", images, np.array([5, 5, 3, 5, 0, 3, 9]))
    samples = pick_samples("mnist")
    assert samples.labels == (5, 3, 0, 9)
    assert np.array_equal(samples.images[..., 0], images[[0, 2, 4, 6]])


def test_fewer_classes_give_fewer_samples(monkeypatch, tmp_path):
    write_test_set(monkeypatch, tmp_path, "cifar10", np.zeros((3, 32, 32, 3), np.uint8), np.array([[2], [2], [8]]))
    assert pick_samples("cifar10").labels == (2, 8)


def test_bundled_digits_replace_missing_digit_datasets_only():
    samples = pick_samples("mnist")
    assert samples.own
    assert samples.images.shape == (4, 28, 28, 1)
    assert samples.images.max() > 200
    assert pick_samples("cifar10") is None


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_damaged_file_counts_as_missing(monkeypatch, tmp_path, content):
    (tmp_path / "fashion_mnist.npz").write_bytes(content)
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    assert pick_samples("fashion_mnist") is None
