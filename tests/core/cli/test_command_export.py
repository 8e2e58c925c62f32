import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import keras
import numpy as np
import pytest

import cnn_core
from cnn_core import RunStore
from cnn_core.export.formats import FORMATS, export_run, name_file
from cnn_core.runs.model_file import load_model

ROOT = Path(cnn_core.__file__).parents[1]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_export_writes_to_the_current_folder_and_prints_the_file_name(run_command, here):
    outcome = run_command("export", "R2")
    assert outcome.stdout == "three-conv-3x3-valid.keras\n"
    assert [path.name for path in here.iterdir()] == ["three-conv-3x3-valid.keras"]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_command_writes_the_same_files_as_the_export_functions(run_command, here, format_):
    run = RunStore(here / "runs").find("R5")
    path = Path(run_command("export", "R5", "--format", format_).stdout.strip())
    assert path.name == name_file(run, format_)
    made, written = export_run(run, format_), path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            assert archive.namelist()
    elif format_ == "litert":
        assert written[4:8] == b"TFL3"
        assert len(written) == len(made)
    elif format_ == "keras":  # a zip archive with the time of its making
        assert zipfile.ZipFile(path).namelist() == zipfile.ZipFile(BytesIO(made)).namelist()
    else:
        assert written == made


def test_out_accepts_a_file_or_an_existing_folder(run_command, here):
    (here / "folder").mkdir()
    assert run_command("export", "R2", "--out", here / "folder").exit_code == 0
    assert run_command("export", "R2", "--format", "notebook", "--out", here / "lesson.ipynb").exit_code == 0
    assert (here / "folder" / "three-conv-3x3-valid.keras").is_file()
    assert json.loads((here / "lesson.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_name_with_another_ending_is_refused_and_the_right_one_named(refuses, here, format_):
    ending = Path(FORMATS[format_].suffix).suffix or FORMATS[format_].suffix
    refuses("export", "R2", "--format", format_, "--out", "model.txt", words=["model.txt", f"model{ending}"], code=2)
    assert list(here.iterdir()) == []


def test_a_file_name_without_an_ending_gets_that_of_the_format(run_command, here):
    assert run_command("export", "R2", "--format", "script", "--out", "model").stdout == "model.py\n"
    assert (here / "model.py").is_file()


def test_export_finds_the_users_own_runs(run_command, here, digits_run):
    folder, _, _ = digits_run
    outcome = run_command("export", folder.id, "--runs-dir", folder.path.parent, "--out", "mine.keras")
    assert outcome.exit_code == 0
    mine = keras.saving.load_model(here / "mine.keras")
    for weight, own in zip(mine.get_weights(), load_model(folder).get_weights(), strict=True):
        np.testing.assert_array_equal(weight, own)


def test_an_unknown_run_is_an_error_that_lists_the_runs(refuses, here):
    refuses("export", "nobody", words=["'nobody'", "three-conv-3x3-valid"])
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("format_", [format_ for format_, form in FORMATS.items() if form.needs_model])
def test_exporting_a_run_without_a_model_is_an_error_and_writes_nothing(refuses, here, format_):
    refuses("export", "R1", "--format", format_, words=["two-conv-5x5", "no trained model"])
    assert list(here.iterdir()) == []


def test_an_unwritable_output_path_is_an_error(refuses, here):
    refuses("export", "R2", "--out", here / "nowhere" / "model.keras", words=["nowhere", "--out"])


def test_an_unknown_format_is_an_error_that_lists_the_formats(refuses, here):
    refuses("export", "R2", "--format", "onnx", words=["onnx", *FORMATS], code=2)


@pytest.mark.parametrize("format_", ["litert", "tensorboard"])
def test_export_prints_only_the_file_name(tmp_path, format_):
    command = [sys.executable, "-m", "cnn_core", "export", "R5", "--format", format_, "--out", str(tmp_path)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert Path(done.stdout.removesuffix("\n")).parent == tmp_path
