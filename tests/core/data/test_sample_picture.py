import numpy as np
import pytest

from cnn_core.data.handwriting.sample_image import draw_colour_scene, read_first_test_picture


@pytest.fixture
def data_dir(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_the_first_test_image_is_read_from_the_file(data_dir, save):
    pictures = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), dtype=np.uint8)
    save(data_dir / "cifar10.npz", x_train=pictures[:2], x_test=pictures[2:])
    assert np.array_equal(read_first_test_picture("cifar10"), pictures[2])


def test_a_grayscale_image_gets_a_channel_axis(data_dir):
    pictures = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    np.savez(data_dir / "mnist.npz", x_test=pictures)
    assert np.array_equal(read_first_test_picture("mnist"), pictures[0][..., np.newaxis])


def test_without_a_valid_file_there_is_no_sample_image(data_dir):
    assert read_first_test_picture("cifar10") is None
    assert read_first_test_picture("digits") is None
    for content in (b"", b"no archive"):
        (data_dir / "cifar10.npz").write_bytes(content)
        assert read_first_test_picture("cifar10") is None
    for wrong in (np.zeros((2, 28, 28), np.uint8), np.zeros((2, 32, 32, 3)), np.zeros((0, 32, 32, 3), np.uint8)):
        np.savez(data_dir / "cifar10.npz", x_test=wrong)
        assert read_first_test_picture("cifar10") is None
    np.savez(data_dir / "cifar10.npz", x_train=np.zeros((2, 32, 32, 3), np.uint8))
    assert read_first_test_picture("cifar10") is None


@pytest.mark.parametrize("size", [(32, 32), (28, 20), (8, 8)])
def test_the_scene_has_any_size_and_differs_between_its_channels(size):
    scene = draw_colour_scene(*size)
    assert (scene.shape, scene.dtype) == ((*size, 3), np.uint8)
    red, green, blue = np.moveaxis(scene.astype(float), 2, 0)
    assert min(np.abs(red - green).mean(), np.abs(green - blue).mean(), np.abs(red - blue).mean()) > 20
