import json
import socket
from dataclasses import replace

import keras
import numpy as np
import pytest

from cnn_core import load_dataset
from cnn_core.data.datasets.background import main
from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.download import download_dataset, import_dataset_file
from cnn_core.data.datasets.files import digest_arrays, find_dataset_file, keras_cache_dir
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import DataError

X, Y = np.full((3, 28, 28), 7, np.uint8), np.array([0, 9, 4], np.uint8)


def fail():
    raise Exception("URL fetch failure on https://example.org/mnist.npz: None -- [Errno -3] no route to host")


def succeed():
    return (X, Y), (X[:2], Y[:2])


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)


@pytest.fixture
def fake_network(monkeypatch):
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", succeed)


@pytest.mark.usefixtures("no_network")
def test_without_a_network_the_error_gives_the_reason_and_offers_digits():
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    for words in ("MNIST could not be downloaded", "no route to host", "'digits'", "mnist.npz", "CNN_LAB_DATA_DIR"):
        assert words in str(error.value)


@pytest.mark.usefixtures("no_network")
def test_a_failed_download_leaves_no_dataset_file():
    with pytest.raises(DataError):
        load_dataset("mnist")
    assert not is_available("mnist")
    assert socket.getdefaulttimeout() is None


@pytest.mark.usefixtures("fake_network")
def test_a_downloaded_dataset_is_cached_as_npz(monkeypatch):
    first = load_dataset("fashion_mnist")
    monkeypatch.setattr(keras.datasets.fashion_mnist, "load_data", fail)
    second = load_dataset("fashion_mnist")
    assert find_dataset_file(DATASETS["fashion_mnist"]) == keras_cache_dir() / "fashion_mnist.npz"
    assert [path.name for path in keras_cache_dir().iterdir()] == ["fashion_mnist.npz"]
    for data in (first, second):
        assert np.array_equal(data.x_train[..., 0], X)
        assert data.y_test.tolist() == [0, 9]


def test_a_dataset_that_keras_caches_as_npz_is_not_written_twice(monkeypatch):
    def fetch_to_cache():
        np.savez(keras_cache_dir() / "mnist.npz", x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2])
        return succeed()

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fetch_to_cache)
    path = download_dataset(DATASETS["mnist"])
    assert path == keras_cache_dir() / "mnist.npz"
    assert load_dataset("mnist").y_train.tolist() == [0, 9, 4]


def test_an_unwritable_cache_is_an_error_message(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match="could not be downloaded"):
        load_dataset("mnist")


@pytest.mark.usefixtures("fake_network")
def test_the_download_process_prints_the_path_as_json(capsys):
    assert main("fashion_mnist") == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"done": str(keras_cache_dir() / "fashion_mnist.npz")}


@pytest.mark.usefixtures("no_network")
def test_the_download_process_prints_an_error_as_json(capsys):
    assert main("mnist") == 1
    assert "'digits'" in json.loads(capsys.readouterr().out.splitlines()[-1])["error"]


@pytest.fixture
def published():
    """MNIST as if its published content were X and Y."""
    info = DATASETS["mnist"]
    shape = (-1, *info.image_shape)
    dataset = Dataset(info, X.reshape(shape), Y, X[:2].reshape(shape), Y[:2])
    return replace(info, content_sha256=digest_arrays(dataset))


def save(path, images=X):
    np.savez(path, x_train=images, y_train=Y, x_test=images[:2], y_test=Y[:2])
    return path


def test_an_imported_file_is_found_afterwards(published, tmp_path):
    source = save(tmp_path / "from-a-friend.npz")
    target = import_dataset_file(published, source)
    source.unlink()
    assert find_dataset_file(published) == target
    assert load_dataset("mnist").x_train.max() == 7
    assert [path.name for path in keras_cache_dir().iterdir()] == ["mnist.npz"]


def test_other_content_than_the_published_is_not_imported(published, tmp_path):
    source = save(tmp_path / "from-a-friend.npz", images=X + 1)
    with pytest.raises(DataError, match=r"from-a-friend\.npz does not hold the published images and labels of MNIST"):
        import_dataset_file(published, source)
    assert not is_available("mnist")


def test_a_dataset_that_is_there_is_not_replaced(published, tmp_path):
    keras_cache_dir().mkdir(parents=True)
    place = save(keras_cache_dir() / "mnist.npz", images=X + 1)
    before = place.read_bytes()
    assert import_dataset_file(published, save(tmp_path / "from-a-friend.npz")) == place
    assert place.read_bytes() == before


def test_a_dataset_without_a_known_content_takes_no_file(tmp_path):
    images = np.zeros((3, 32, 32, 3), np.uint8)
    with pytest.raises(DataError, match="does not hold the published"):
        import_dataset_file(DATASETS["cifar10"], save(tmp_path / "colors.npz", images))


def test_a_wrong_file_is_not_imported(tmp_path):
    source = tmp_path / "from-a-friend.npz"
    np.savez(source, x_train=X)
    with pytest.raises(DataError, match="from-a-friend"):
        import_dataset_file(DATASETS["mnist"], source)
    assert not is_available("mnist")


@pytest.mark.mnist
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_files_are_the_published_ones(name):
    assert digest_arrays(load_dataset(name)) == DATASETS[name].content_sha256
