import numpy as np
import pytest

from cnn_core.errors import ModelError
from cnn_core.runs.snapshots import list_snapshots, load_snapshot, save_snapshot

WEIGHTS = [np.random.default_rng(i).normal(size=(3, 2, i + 1)).astype(np.float32) for i in range(12)]


def test_weights_come_back_in_their_order_and_in_half_precision(tmp_path):
    save_snapshot(tmp_path / "weights", 4, WEIGHTS)
    loaded = load_snapshot(tmp_path / "weights", 4)
    assert [array.dtype for array in loaded] == [np.float32] * 12
    for array, weight in zip(loaded, WEIGHTS, strict=True):
        assert np.array_equal(array, weight.astype(np.float16))


def test_epochs_are_listed_in_their_order_and_leftovers_ignored(tmp_path):
    for epoch in (10, 0, 9):
        save_snapshot(tmp_path, epoch, WEIGHTS[:1])
    (tmp_path / "epoch-0003.part.npz").write_bytes(b"")
    (tmp_path / "epoch-x.npz").write_bytes(b"")
    assert list_snapshots(tmp_path) == [0, 9, 10]


def test_no_folder_holds_no_snapshots(tmp_path):
    assert list_snapshots(tmp_path / "absent") == []


def test_weights_too_large_for_half_precision_become_infinite(tmp_path):
    save_snapshot(tmp_path, 1, [np.array([1e9, np.nan], np.float32)])
    (loaded,) = load_snapshot(tmp_path, 1)
    assert np.isposinf(loaded[0])
    assert np.isnan(loaded[1])


def test_an_absent_epoch_is_named(tmp_path):
    with pytest.raises(ModelError, match="epoch 7"):
        load_snapshot(tmp_path, 7)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_snapshot_cut_short_is_named(tmp_path, share):
    path = save_snapshot(tmp_path, 2, WEIGHTS)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelError, match="epoch 2"):
        load_snapshot(tmp_path, 2)


def test_a_snapshot_with_a_damaged_middle_is_named(tmp_path):
    path = save_snapshot(tmp_path, 2, [np.random.default_rng(0).normal(size=4000)])
    content = bytearray(path.read_bytes())
    for where in range(1000, 1400):
        content[where] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(ModelError, match="epoch 2"):
        load_snapshot(tmp_path, 2)
