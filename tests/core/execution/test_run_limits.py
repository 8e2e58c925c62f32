import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_runs import digits_experiment

from cnn_core import compute_anatomy
from cnn_core.architecture.layers import Conv2D, Dense, Flatten
from cnn_core.errors import LimitReached
from cnn_core.execution import limits as limits_module
from cnn_core.execution.limits import Limits, check_limits, estimate_memory, read_limits
from cnn_core.runs.disk import disk_use

GB = 10**9


def check(tmp_path, experiment=None, waiting=0, **limits):
    check_limits(experiment or digits_experiment(), waiting, tmp_path, Limits(**limits))


def test_a_small_run_is_within_all_limits(tmp_path):
    check(tmp_path)
    check(tmp_path / "not" / "there" / "yet")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"epochs": 1}, r"2 epochs are more than this server allows \(1\)\. Ask for fewer\."),
        ({"parameters": 1000}, r"This network has 1,302 parameters; this server allows 1,000\. Use fewer filters"),
        ({"free_disk": 10**18}, r"Only [\d.]+ GB are free on the disk of the runs; 1000000000\.0 GB are kept free"),
        ({"runs_disk": 1}, r"The runs take 0\.0 GB; this server allows 0\.0 GB\. Delete runs"),
    ],
)
def test_a_limit_error_has_both_figures_and_the_remedy(tmp_path, limits, words):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "file").write_bytes(b"12")
    assert compute_anatomy(digits_experiment().architecture).parameters == 1_342
    with pytest.raises(LimitReached, match=words.replace("1,302", "1,342")):
        check(tmp_path, **limits)


@pytest.mark.parametrize(("waiting", "refused"), [(99, False), (100, True), (101, True)])
def test_one_owner_may_queue_a_hundred_runs(tmp_path, waiting, refused):
    if not refused:
        check(tmp_path, waiting=waiting)
        return
    with pytest.raises(LimitReached, match=f"{waiting} of your runs are waiting already, and this server allows 100"):
        check(tmp_path, waiting=waiting)


def test_memory_includes_weights_and_all_outputs_of_a_batch():
    layers = (Conv2D(filters=8, padding="same"), Flatten(), Dense(units=10, activation="softmax"))
    experiment = digits_experiment(*layers)
    parameters = 8 * 9 + 8 + 28 * 28 * 8 * 10 + 10
    outputs = 2 * 28 * 28 * 8 + 10  # Flatten's are counted again
    expected = 4 * 4 * parameters + 2 * 100 * 4 * outputs
    assert estimate_memory(compute_anatomy(experiment.architecture), 100) == expected


def test_a_run_that_needs_more_than_free_memory_is_rejected(tmp_path, monkeypatch):
    monkeypatch.setattr(limits_module, "_free_memory", lambda: 2 * GB)
    wide = digits_experiment(Conv2D(filters=256, padding="same"), Flatten(), Dense(units=10), batch_size=1000)
    needed = estimate_memory(compute_anatomy(wide.architecture), 1000)
    assert needed > 1.6 * GB
    with pytest.raises(LimitReached) as error:
        check(tmp_path, wide)
    for words in ("batches of 1,000", f"about {needed / GB:.1f} GB", "2.0 GB are free", "smaller batch"):
        assert words in str(error.value)
    check(tmp_path, wide.with_training(batch_size=10))


def test_without_a_memory_reading_no_run_is_rejected(tmp_path, monkeypatch):
    def refuse(self, **kwargs):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    check(tmp_path, digits_experiment(Conv2D(filters=256, padding="same"), Flatten(), Dense(units=10), batch_size=8192))


def test_a_full_disk_is_reported_before_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=GB // 4))
    with pytest.raises(LimitReached, match=r"Only 0\.2 GB are free .* 0\.5 GB are kept free\. Delete runs"):
        check(tmp_path)


def test_disk_use_is_the_sum_of_all_files_in_a_folder(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path, size in (("x", 10), ("a/y", 200), ("a/b/z", 3000)):
        (tmp_path / path).write_bytes(bytes(size))
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert disk_use(tmp_path) == 3210
    assert disk_use(tmp_path / "absent") == 0


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("CNN_LAB_MAX_EPOCHS", "20", "epochs", 20),
        ("CNN_LAB_MAX_PARAMETERS", "1e6", "parameters", 1_000_000),
        ("CNN_LAB_MAX_WAITING", "3", "waiting", 3),
        ("CNN_LAB_MIN_FREE_GB", "1.5", "free_disk", 1_500_000_000),
        ("CNN_LAB_MAX_RUNS_GB", "20", "runs_disk", 20 * GB),
        ("CNN_LAB_MIN_FREE_GB", "0", "free_disk", 0),
        ("CNN_LAB_MAX_WAITING", "many", "waiting", 100),
        ("CNN_LAB_MAX_WAITING", "inf", "waiting", 100),
        ("CNN_LAB_MAX_RUNS_GB", "nan", "runs_disk", 0),
        ("CNN_LAB_MAX_EPOCHS", "", "epochs", 1000),
    ],
)
def test_limits_are_read_from_the_environment_and_invalid_values_ignored(monkeypatch, name, value, field, expected):
    monkeypatch.setenv(name, value)
    assert read_limits() == Limits(**{field: expected})
