import json

import pytest

from cnn_core import RunStore, find_recipe
from cnn_core.runs.labels import change_labels
from cnn_core.runs.store import BUNDLED_DIR

BUNDLED = {path.name for path in BUNDLED_DIR.iterdir()}
FIELDS = {"id", "name", "state", "dataset", "test_accuracy", "seconds", "size", "bundled", "tags", "starred"}


@pytest.fixture
def own(tmp_path):
    """A run that was begun on digits and stopped, with a name and a tag."""
    experiment = find_recipe("R5").experiment.on_dataset("digits")
    folder = RunStore(tmp_path).create(experiment)
    folder.writer().emit("result", test_accuracy=0.875, test_loss=0.5, seconds=12.5)
    folder.writer().emit("state", state="stopped")
    change_labels(folder.path, name="First try", tags=["wide"])
    return folder


def listed(run_command, folder):
    return json.loads(run_command("runs", "--json", "--runs-dir", folder).stdout)


def test_without_own_runs_the_bundled_runs_are_listed(run_command, tmp_path):
    runs = listed(run_command, tmp_path / "nowhere")
    assert {run["id"] for run in runs} == BUNDLED
    assert all(run["bundled"] and run["state"] == "completed" for run in runs)


def test_json_output_of_a_run_has_what_the_page_shows(run_command, own, tmp_path):
    run = listed(run_command, tmp_path)[0]
    assert set(run) == FIELDS
    size = sum(path.stat().st_size for path in own.path.rglob("*") if path.is_file())
    assert (run["id"], run["name"], run["state"], run["dataset"]) == (own.id, "First try", "stopped", "digits")
    assert (run["test_accuracy"], run["seconds"], run["size"]) == (0.875, 12.5, size)
    assert (run["bundled"], run["tags"], run["starred"]) == (False, ["wide"], False)


def test_a_run_without_a_result_has_no_metrics(run_command, tmp_path):
    RunStore(tmp_path).create(find_recipe("R5").experiment.on_dataset("digits"))
    run = listed(run_command, tmp_path)[0]
    assert (run["state"], run["test_accuracy"], run["seconds"]) == ("queued", None, None)
    assert "–" in run_command("runs", "--runs-dir", tmp_path).stdout.splitlines()[0]


def test_the_list_has_one_line_per_run_newest_first(run_command, own, tmp_path):
    lines = run_command("runs", "--runs-dir", tmp_path).stdout.splitlines()
    assert len(lines) == 1 + len(BUNDLED)
    for words in (own.id, "stopped", "digits", "0.8750", "12.5 s", "First try"):
        assert words in lines[0]


def test_a_damaged_run_is_reported_next_to_the_list(run_command, own, tmp_path):
    (own.path / "experiment.json").write_text("{", encoding="utf-8")
    outcome = run_command("runs", "--json", "--runs-dir", tmp_path)
    assert outcome.exit_code == 0
    assert len(json.loads(outcome.stdout)) == len(BUNDLED)
    assert own.id in outcome.stderr


def test_the_runs_folder_can_be_set_by_an_environment_variable(run_command, own, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path))
    assert own.id in run_command("runs").stdout
