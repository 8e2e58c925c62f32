"""Archives are measured by their headers before anything is decompressed; whatever is wrong is one kind of error."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.files import read_dataset_file
from cnn_core.data.datasets.npz import UnreadableNpz, read_npz
from cnn_core.errors import DataError, ModelError
from cnn_core.runs.checkpoints import Checkpoint, load_checkpoint, load_latest_checkpoint, save_checkpoint
from cnn_core.runs.model_file import check_keras_file

ARRAYS = {"b": np.arange(6, dtype=np.float32).reshape(2, 3), "a": np.array(7), "empty": np.zeros((0, 4), np.uint8)}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "arrays.npz"


def encode_header(shape, descr="|u1"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def write_member(path, content, name="x_train.npy"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_read_as_saved_in_the_order_of_their_names(path, save):
    save(path, **ARRAYS)
    read = read_npz(path)
    assert list(read) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert read[name].dtype == array.dtype
        assert np.array_equal(read[name], array)
        assert read[name].shape == array.shape


def test_only_the_arrays_asked_for_are_read(path):
    np.savez(path, **ARRAYS)
    assert list(read_npz(path, ("b", "missing"))) == ["b"]


def test_fortran_order_is_kept(path):
    array = np.asfortranarray(ARRAYS["b"])
    np.savez(path, f=array)
    assert np.array_equal(read_npz(path)["f"], array)


@pytest.mark.parametrize(
    "content",
    [encode_header((10**12,)), encode_header((10**6, 10**6), "<f8"), encode_header((3,)) + b"abcd", b"\x93NUMPY", b""],
    ids=["a terabyte", "overflow", "a byte too many", "cut header", "empty"],
)
def test_a_header_that_claims_another_size_is_refused(path, content):
    write_member(path, content)
    with pytest.raises(UnreadableNpz):
        read_npz(path)


def test_objects_are_refused(path):
    np.savez(path, x=np.array([{}], dtype=object))
    with pytest.raises(UnreadableNpz):
        read_npz(path)


def test_an_archive_above_the_limit_is_refused_without_decompressing_it(path):
    write_member(path, encode_header((64 * 2**20,)) + bytes(64 * 2**20))
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    with pytest.raises(UnreadableNpz, match="too large"):
        read_npz(path, most_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_a_dataset_file_that_decompresses_to_much_more_than_the_dataset_is_refused(path):
    write_member(path, encode_header((300 * 2**20,)) + bytes(300 * 2**20))
    with pytest.raises(DataError, match="can't be read"):
        read_dataset_file(DATASETS["mnist"], path)


def test_a_missing_file_and_a_folder_are_unreadable(tmp_path):
    for place in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(UnreadableNpz):
            read_npz(place)


@given(st.data())
def test_any_change_of_bytes_gives_arrays_or_the_one_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("fuzz") / "arrays.npz"
    np.savez_compressed(path, **ARRAYS)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        read_npz(path)
    except UnreadableNpz:
        return


BAD_CHECKPOINTS = {
    "a terabyte": lambda path: write_member(path, encode_header((10**12,)), "w0000.npy"),
    "no facts": lambda path: np.savez(path, w0000=np.ones(3)),
    "nested facts": lambda path: np.savez(path, facts=np.frombuffer(b"[" * 100_000, np.uint8)),
    "facts that are a list": lambda path: np.savez(path, facts=np.frombuffer(b"[1]", np.uint8)),
    "text": lambda path: path.write_bytes(b"not an archive"),
}


@pytest.mark.parametrize("damage", BAD_CHECKPOINTS.values(), ids=BAD_CHECKPOINTS)
def test_an_older_checkpoint_is_used_when_the_newest_is_damaged(tmp_path, damage):
    for epoch in (1, 2):
        save_checkpoint(tmp_path, Checkpoint(epoch, [np.full(3, epoch, np.float32)], [], [], {"epoch": epoch}))
    damage(tmp_path / "epoch-0002.npz")
    with pytest.raises(ModelError):
        load_checkpoint(tmp_path, 2)
    latest = load_latest_checkpoint(tmp_path)
    assert latest.epoch == 1
    assert latest.facts == {"epoch": 1}


def test_memory_errors_do_not_escape_the_readers(path, monkeypatch):
    np.savez(path, **ARRAYS)
    monkeypatch.setattr(np.lib.format, "read_array", fail_with_memory_error)
    with pytest.raises(UnreadableNpz):
        read_npz(path)


def fail_with_memory_error(*args, **options):
    raise MemoryError


def test_a_model_file_that_decompresses_to_more_than_a_model_is_refused(path, monkeypatch):
    monkeypatch.setattr("cnn_core.data.datasets.npz.MOST_BYTES", 1000)
    monkeypatch.setattr("cnn_core.data.datasets.npz.open_zip.__defaults__", (1000,))
    write_member(path, bytes(2000), "model.weights.h5")
    with pytest.raises(ModelError, match="damaged"):
        check_keras_file(path)
