import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnn_core
from cnn_core import RunStore
from cnn_core.training.engine import Result

TRAIN = sys.modules["cnn_core.cli.train"]  # `cnn_core.cli.train` itself names the command
DIGITS = ("--dataset", "digits", "--epochs", 1)


def runs_in(folder):
    return [run for run in RunStore(folder).list_runs().runs if not run.bundled]


def test_json_output_is_one_object_with_the_result_and_the_run_folder(run_command, tmp_path):
    outcome = run_command("train", "dense-baseline", *DIGITS, "--runs-dir", tmp_path, "--json")
    assert outcome.exit_code == 0
    told = json.loads(outcome.stdout)
    (run,) = runs_in(tmp_path)
    assert (told["run"], told["path"]) == (run.id, str(run.folder.path))
    assert (told["recipe"], told["dataset"]) == ("dense-baseline", "digits")
    assert told["test_accuracy"] == run.history.test_accuracy > 0.1
    assert run.state == "completed"
    assert outcome.stderr == ""


def test_text_output_has_one_line_per_epoch_and_one_for_the_result(run_command, monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path / "of-the-variable"))
    outcome = run_command("train", "dense", *DIGITS, "--seed", 7)
    (run,) = runs_in(tmp_path / "of-the-variable")
    assert f"test accuracy {run.history.test_accuracy:.4f}" in outcome.stdout
    assert run.id in outcome.stdout
    assert "epoch 1" in outcome.stderr
    assert run.experiment.training.seed == 7


def test_a_diverged_run_is_reported_in_strict_json(run_command, monkeypatch):
    monkeypatch.setattr(TRAIN, "train_run", lambda folder, listener: Result(math.nan, 0.1, 1.0, epoch=1))
    monkeypatch.setattr(TRAIN, "load_tensorflow_quietly", lambda: None)
    outcome = run_command("train", "dense", *DIGITS, "--json")

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    assert json.loads(outcome.stdout, parse_constant=refuse)["test_loss"] is None


def test_an_unknown_recipe_is_an_error_that_lists_the_recipes(refuses):
    refuses("train", "R9", words=["'R9'", "three-conv-3x3-valid"])


@pytest.mark.parametrize(("option", "value", "field"), [("--epochs", 0, "epochs"), ("--seed", -1, "seed")])
def test_a_value_out_of_range_is_an_error_and_creates_no_run(refuses, tmp_path, option, value, field):
    refuses("train", "R2", option, value, "--runs-dir", tmp_path / "runs", words=[field, str(value)])
    assert not (tmp_path / "runs").exists()


def test_an_unknown_dataset_is_an_error_that_lists_the_datasets(refuses):
    refuses("train", "R2", "--dataset", "imagenet", words=["imagenet", "digits"], code=2)


def test_an_unwritable_runs_folder_is_an_error_with_its_path(refuses, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    refuses("train", "R2", "--runs-dir", tmp_path / "file", words=[str(tmp_path / "file"), "can't be written"])


def test_an_unreadable_dataset_is_an_error_message_and_a_failed_run(refuses, tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").write_text("no data", encoding="utf-8")
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    refuses("train", "R2", "--runs-dir", tmp_path / "runs", "--json", words=["mnist.npz is not MNIST", "'digits'"])
    (run,) = runs_in(tmp_path / "runs")
    assert run.state == "failed"


def test_stdout_has_only_the_json(tmp_path):
    command = [sys.executable, "-m", "cnn_core", "train", "dense-baseline", "--dataset", "digits", "--epochs", "1"]
    done = subprocess.run(
        [*command, "--runs-dir", tmp_path, "--json"],
        cwd=Path(cnn_core.__file__).parents[1],
        env=os.environ | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 0.1 < json.loads(done.stdout)["test_accuracy"] <= 1
    assert "Traceback" not in done.stderr


def test_an_error_is_one_sentence_on_stderr():
    root = Path(cnn_core.__file__).parents[1]
    command = [sys.executable, "-m", "cnn_core", "train", "R2", "--epochs", "0"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: epochs: ")
