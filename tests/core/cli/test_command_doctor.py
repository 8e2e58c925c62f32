import sys
from importlib.metadata import PackageNotFoundError

import pytest

from cnn_core import DATASETS, RECIPES, RunStore, default_runs_dir

DOCTOR = sys.modules["cnn_core.cli.doctor"]  # `cnn_core.cli.doctor` itself names the command


@pytest.fixture
def all_installed(monkeypatch):
    monkeypatch.setattr(DOCTOR, "version", lambda package: "1.2.3")


@pytest.mark.usefixtures("all_installed")
def test_doctor_succeeds_when_nothing_is_missing(run_command):
    outcome = run_command("doctor")
    assert outcome.exit_code == 0
    for words in ("Python 3", "cores", "tensorflow 1.2.3", str(default_runs_dir()), "bundled"):
        assert words in outcome.stdout


def test_a_missing_package_is_reported_with_its_install_command(run_command, monkeypatch):
    def version(package):
        if package == "plotly":
            raise PackageNotFoundError(package)
        return "1.2.3"

    monkeypatch.setattr(DOCTOR, "version", version)
    outcome = run_command("doctor")
    assert outcome.exit_code == 1
    assert "plotly is missing: run 'pip install -r requirements.txt'" in outcome.stdout


@pytest.mark.usefixtures("all_installed")
def test_every_dataset_is_reported_as_found_or_to_be_downloaded(run_command, tmp_path, monkeypatch):
    (tmp_path / "mnist.npz").touch()
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(tmp_path))
    lines = run_command("doctor").stdout.splitlines()
    told = dict(line.removeprefix("dataset ").split(": ", 1) for line in lines if line.startswith("dataset "))
    assert set(told) == set(DATASETS)
    assert told["mnist"] == str(tmp_path / "mnist.npz")
    assert told["digits"] == "comes with scikit-learn"
    assert "163 MB" in told["cifar10"]


@pytest.mark.usefixtures("all_installed")
def test_own_runs_are_counted_and_damaged_ones_listed(run_command, tiny_experiment):
    store = RunStore(default_runs_dir())
    store.create(tiny_experiment)
    bad = store.create(tiny_experiment)
    (bad.path / "experiment.json").unlink()
    outcome = run_command("doctor")
    assert f"runs: 1 in {default_runs_dir()}, {len(RECIPES)} bundled" in outcome.stdout
    assert bad.id in outcome.stdout


@pytest.mark.usefixtures("all_installed")
def test_an_unwritable_runs_folder_is_reported_with_the_repair(run_command, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path / "file" / "runs"))
    outcome = run_command("doctor")
    assert outcome.exit_code == 1
    assert "can't be written" in outcome.stdout
