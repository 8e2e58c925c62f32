import sys
import zipfile

import numpy as np
import pytest

from cnn_core import DATASETS, load_dataset
from cnn_core.data.datasets.files import find_dataset_file, keras_cache_dir, read_dataset_file
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import DataError

PARTS = ("x_train", "y_train", "x_test", "y_test")


def arrays(count=4, shape=(28, 28), fill=0):
    x, y = np.full((count, *shape), fill, np.uint8), np.arange(count, dtype=np.uint8) % 10
    return {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]}


def write(folder, name="mnist.npz", **changes):
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / name, **{key: value for key, value in (arrays() | changes).items() if value is not None})
    return folder / name


@pytest.fixture
def given_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path / "given"))
    return tmp_path / "given"


def test_a_file_has_the_format_that_dataset_documents(given_folder):
    write(given_folder)
    data = load_dataset("mnist")
    assert data.info is DATASETS["mnist"]
    assert (data.x_train.shape, data.x_train.dtype) == ((4, 28, 28, 1), np.uint8)
    assert (data.y_test.shape, data.y_test.dtype) == ((2,), np.int64)


def test_images_with_a_channel_axis_and_column_labels_are_read(given_folder):
    write(given_folder, "cifar10_subset.npz", **arrays(shape=(32, 32, 3)) | {"y_train": np.zeros((4, 1), np.int64)})
    data = load_dataset("cifar10")
    assert data.x_train.shape == (4, 32, 32, 3)
    assert data.y_train.shape == (4,)


def test_the_data_folder_takes_precedence_over_the_keras_cache(given_folder):
    write(given_folder, **arrays(fill=1))
    write(keras_cache_dir(), **arrays(fill=2))
    assert load_dataset("mnist").x_train.max() == 1


def test_the_keras_cache_is_used_where_the_data_folder_lacks_the_file(given_folder):
    given_folder.mkdir()
    write(keras_cache_dir(), **arrays(fill=2))
    assert load_dataset("mnist").x_train.max() == 2


def test_the_keras_cache_is_read_without_importing_keras():
    write(keras_cache_dir())
    before = set(sys.modules)
    load_dataset("mnist")
    assert not {"keras", "tensorflow"} & (set(sys.modules) - before)


def test_the_keras_cache_is_in_keras_home_or_the_home_folder(monkeypatch, tmp_path):
    assert keras_cache_dir().name == "datasets"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert keras_cache_dir() == tmp_path / ".keras" / "datasets"


def test_the_complete_cifar10_takes_precedence_over_the_subset(given_folder):
    write(given_folder, "cifar10_subset.npz", **arrays(shape=(32, 32, 3)))
    whole = write(given_folder, "cifar10.npz", **arrays(shape=(32, 32, 3)))
    assert find_dataset_file(DATASETS["cifar10"]) == whole


def test_digits_is_always_available_and_others_need_their_file(given_folder):
    assert is_available("digits")
    assert not is_available("mnist")
    write(given_folder)
    assert is_available("mnist")
    assert not is_available("fashion_mnist")


PICTURES = arrays()["x_train"]
WRONG = {
    "a part is missing": ({"x_test": None}, "it lacks x_test"),
    "colour for grey": (arrays(shape=(28, 28, 3)), "its pictures are uint8 (4, 28, 28, 3)"),
    "another size": (arrays(shape=(32, 32)), "its pictures are uint8 (4, 32, 32)"),
    "scaled already": ({"x_train": PICTURES / 255}, "its pictures are float64"),
    "no pictures": (arrays(count=0), "its pictures are uint8 (0, 28, 28)"),
    "flat rows": ({"x_train": PICTURES.reshape(4, 784)}, "its pictures are uint8 (4, 784)"),
    "a number": ({"x_train": np.uint8(3)}, "its pictures are"),
    "too few labels": ({"y_train": np.zeros(3, np.uint8)}, "it has 3 labels of type uint8 for 4 pictures"),
    "one-hot labels": ({"y_train": np.eye(10, dtype=np.uint8)[:4]}, "it has 40 labels"),
    "labels that are no numbers": ({"y_train": np.array(list("abcd"))}, "it has 4 labels of type <U1"),
    "a label too large": ({"y_test": np.array([0, 10])}, "not all within 0–9"),
    "a label below 0": ({"y_test": np.array([0, -1])}, "not all within 0–9"),
    "objects": ({"x_train": np.array([{}, {}, {}, {}])}, "can't be read as an .npz file"),
}


@pytest.mark.parametrize(("changes", "why"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_is_an_error_with_reason_and_repair(given_folder, changes, why):
    path = write(given_folder, **changes)
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert_names_file_reason_and_repair(error, path, why)


def assert_names_file_reason_and_repair(error, path, why):
    assert str(error.value).startswith("mnist.npz is not MNIST: ")
    assert why in str(error.value)
    assert f"Replace or remove {path}, or choose the data set 'digits'." in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 but no more"], ids=["empty", "text", "cut short"])
def test_a_file_that_is_not_npz_is_an_error_with_the_repair(given_folder, content):
    path = write(given_folder)
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert_names_file_reason_and_repair(error, path, "can't be read as an .npz file")


def test_a_single_array_named_npz_is_an_error_with_the_repair(given_folder):
    path = write(given_folder)
    with path.open("wb") as file:
        np.save(file, PICTURES)
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert_names_file_reason_and_repair(error, path, "can't be read as an .npz file")


def test_a_zip_without_the_arrays_is_an_error_that_lists_them(given_folder):
    path = write(given_folder)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("letter.txt", "Dear reader")
    with pytest.raises(DataError) as error:
        load_dataset("mnist")
    assert_names_file_reason_and_repair(error, path, "it lacks x_train, y_train, x_test, y_test")


def test_one_wrong_byte_gives_a_dataset_or_an_error_message(tmp_path):
    path, intact = tmp_path / "mnist.npz", tmp_path / "intact.npz"
    noise = np.random.default_rng(0).integers(0, 256, (4, 28, 28), np.uint8)
    np.savez_compressed(intact, **arrays() | {"x_train": noise})
    content = intact.read_bytes()
    for where in range(0, len(content), 3):
        path.write_bytes(content[:where] + bytes([content[where] ^ 0xFF]) + content[where + 1 :])
        try:
            data = read_dataset_file(DATASETS["mnist"], path)
        except DataError:
            continue
        assert data.x_train.shape == (4, 28, 28, 1)


@pytest.mark.mnist
def test_the_real_mnist_is_the_published_one():
    data = load_dataset("mnist")
    assert (len(data.x_train), len(data.x_test)) == (60_000, 10_000)
    assert data.y_train[0] == 5
    assert data.y_train[9487] == 1
    assert round(float(data.x_train.mean()), 3) == 33.318
