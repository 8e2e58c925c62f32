"""The run format: its versions, its documentation, and runs of version 1, which have to open for good."""

import json
import shutil
from pathlib import Path

import pytest
from small_runs import digits_experiment, put_in_line, states_of

from cnn_core import Experiment, RunStore, load_probe, train_run
from cnn_core.errors import CnnLabError, CorruptRun, NewerVersion
from cnn_core.experiment.versions import EXPERIMENT_VERSION
from cnn_core.export.link import decode_link
from cnn_core.runs.checkpoints import load_latest_checkpoint
from cnn_core.runs.event_types import EVENTS_VERSION
from cnn_core.runs.events import parse_event, read_events_from
from cnn_core.runs.fine_tuning import read_evaluation, read_own_images
from cnn_core.runs.format_docs import DOCS, write_docs
from cnn_core.runs.training_state import read_training_state

LINK_1 = (  # an experiment with `other_hands`, as version 1 wrote links
    "1.eNpFjcEKwjAQRP9lzzk0HnsWf0JElmRrFtONpFuxlPy7GxQ9vuHNzA6CM8EIJUdwgDUkVgq6Vgt3yLhRXWA873BnieadMqqSmPstTp_AQ3M_6Uiy0F-"
    "JHb3xKqy25gd7CspPVC5iwlImnfEF7dIcaEUWllv_p0cJyRoHB0UT1WtCiZ2H1t7C2D5X"
)
FORMAT_1 = Path(__file__).with_name("format_1")
STATES = {"stopped": "stopped", "failed": "failed"} | dict.fromkeys(("queued", "forked", "fine-tuned-queued"), "queued")
STATES |= dict.fromkeys(("interrupted", "paused", "killed", "downloading"), "interrupted")
NAMES = sorted(path.name for path in FORMAT_1.iterdir())


@pytest.fixture
def old_runs(tmp_path):
    shutil.copytree(FORMAT_1, tmp_path / "runs")
    return RunStore(tmp_path / "runs")


def test_there_are_runs_of_version_1_in_every_state():
    assert len(NAMES) >= 20
    assert not any("version" in json.loads((FORMAT_1 / name / "run.json").read_text()) for name in NAMES)


def test_every_run_of_version_1_is_listed_without_a_problem(old_runs):
    listing = old_runs.list_runs()
    assert listing.problems == ()
    own = {run.id: run.state for run in listing.runs if not run.bundled}
    assert own == {name: STATES.get(name, "completed") for name in NAMES}


def test_metrics_of_version_1_are_read_as_before(old_runs):
    for name in NAMES:
        events = [json.loads(line) for line in (FORMAT_1 / name / "events.jsonl").read_text().splitlines()[:-1]]
        history = old_runs.find(name).history
        written = {event["epoch"]: event["loss"] for event in events if event["type"] == "epoch"}
        assert {event["epoch"]: event["loss"] for event in history.epochs if event["epoch"] in written} == written
        if any(event["type"] == "layers" for event in events) and name != "resumed":
            assert history.layer_stats


def test_a_model_of_version_1_predicts(old_runs):
    probe = load_probe(old_runs.find("completed").folder)
    assert len(probe.experiment.architecture.layers) == 3


def test_a_field_that_was_renamed_keeps_its_value(old_runs):
    written = json.loads((FORMAT_1 / "completed-synthetic" / "experiment.json").read_text())
    assert old_runs.find("completed-synthetic").experiment.training.synthetic_samples == 20
    assert written["training"]["other_hands"] == 20


def test_a_fine_tuned_run_of_version_1_keeps_its_drawings_and_scores(old_runs):
    folder = old_runs.find("fine-tuned").folder
    own = read_own_images(folder)
    assert len(own.images) == 9
    assert own.is_held_out.sum() == len(own.settings.held_out_ids) == 3
    assert own.settings.settings.copies == 2
    assert read_evaluation(folder)["after"]["held_out"]["count"] == 3


@pytest.mark.parametrize("name", ["killed", "interrupted"])
def test_an_interrupted_run_of_version_1_resumes_from_its_checkpoint(old_runs, name):
    folder = old_runs.find(name).folder
    state = read_training_state(load_latest_checkpoint(folder.checkpoints_dir).facts)
    assert state.last["epoch"] == 2
    put_in_line(folder)
    train_run(folder)
    run = old_runs.find(name)
    assert (run.state, len(run.history.epochs)) == ("completed", 4)


def test_a_link_of_version_1_opens():
    assert decode_link(LINK_1).training.synthetic_samples == 20


def test_a_new_run_carries_the_version_in_every_document(tmp_path):
    folder = RunStore(tmp_path).create(digits_experiment(epochs=1))
    train_run(folder)
    assert json.loads((folder.path / "run.json").read_text())["version"] == 2
    assert json.loads((folder.path / "experiment.json").read_text())["version"] == EXPERIMENT_VERSION
    assert load_latest_checkpoint(folder.checkpoints_dir).facts["version"] == 2
    lines = folder.events_path.read_bytes().splitlines()
    assert {json.loads(line)["v"] for line in lines} == {EVENTS_VERSION}
    assert all(parse_event(line) for line in lines), "a line that the reader would skip"
    assert states_of(folder)[-1] == "completed"


@pytest.mark.parametrize("file", ["run.json", "experiment.json"])
def test_a_newer_document_is_named_as_newer_and_not_as_damaged(old_runs, file):
    path = old_runs.runs_dir / "completed" / file
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99, "unheard_of": [1]}))
    with pytest.raises(NewerVersion, match=r"written by a newer CNN Lab \(format 99"):
        old_runs.find("completed")
    (problem,) = old_runs.list_runs().problems
    assert "completed" in problem
    assert "Update CNN Lab" in problem


def test_newer_events_are_named_as_newer(old_runs):
    with (old_runs.runs_dir / "completed" / "events.jsonl").open("a") as file:
        file.write('{"v": 99, "seq": 50, "time": 2e9, "type": "telepathy"}\n')
    with pytest.raises(NewerVersion, match="format 99"):
        old_runs.find("completed")


def test_unknown_fields_are_ignored_at_every_level(old_runs):
    folder = old_runs.runs_dir / "completed"
    for file in ("run.json", "experiment.json"):
        data = json.loads((folder / file).read_text()) | {"added_later": {"a": 1}}
        if file == "experiment.json":
            data["training"]["added_later"] = data["architecture"]["added_later"] = 1
            data["architecture"]["layers"][0]["added_later"] = "x"
            data["training"]["optimizer"]["added_later"] = 2
        (folder / file).write_text(json.dumps(data))
    with (folder / "events.jsonl").open("a") as file:
        file.write('{"v": 2, "seq": 50, "time": 2e9, "type": "state", "state": "stopped", "added_later": 1}\n')
        file.write('{"v": 2, "seq": 51, "time": 2e9, "type": "added_later"}\n')
    assert old_runs.find("completed").state == "stopped"


def test_a_spec_written_by_hand_still_refuses_a_misspelled_field():
    with pytest.raises(ValueError, match="epoch"):
        Experiment.model_validate(
            {"architecture": {"layers": [{"kind": "Flatten"}]}, "training": {"epoch": 3}, "dataset": "digits"}
        )


def test_a_folder_that_is_no_run_is_not_mentioned(old_runs):
    (old_runs.runs_dir / "notes").mkdir()
    (old_runs.runs_dir / "notes" / "todo.txt").write_text("buy milk")
    assert old_runs.list_runs().problems == ()
    with pytest.raises(CnnLabError, match="no run called"):
        old_runs.find("notes")


def test_no_message_advises_to_delete_a_folder():
    import cnn_core

    sources = Path(cnn_core.__file__).parents[1]
    texts = [*sources.glob("cnn_core/**/*.py"), sources / "ui" / "text" / "en.toml"]
    found = [path.name for path in texts if "delete the folder" in path.read_text(encoding="utf-8").lower()]
    assert found == []


def test_a_missing_file_is_an_error_with_its_name(old_runs):
    (old_runs.runs_dir / "completed" / "run.json").unlink()
    with pytest.raises(CorruptRun, match=r"completed: run.json is missing or damaged.*left unchanged"):
        old_runs.find("completed")


def test_a_damaged_tail_is_read_once(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"time": 1, "type": "state", "state": "running"}\n' + b"\0" * (3 * 2**20))
    events, offset = read_events_from(path, 0)
    assert [event["state"] for event in events] == ["running"]
    assert offset == path.stat().st_size
    with path.open("ab") as file:
        file.write(b'\n{"time": 2, "type": "state", "state": "stopped"}\n')
    assert [event["state"] for event in read_events_from(path, offset)[0]] == ["stopped"]


def test_a_file_larger_than_one_read_is_followed_to_its_end(tmp_path):
    path = tmp_path / "events.jsonl"
    line = b'{"v": 2, "seq": 1, "time": 1, "type": "batch", "epoch": 1, "step": 1, "samples": 1, "loss": 0.5}\n'
    path.write_bytes(line * 200_000)
    events, offset = read_events_from(path, 0)
    assert (len(events), offset) == (200_000, path.stat().st_size)


def test_the_documentation_is_that_of_the_models():
    assert DOCS.read_text(encoding="utf-8") == write_docs(), "run `python -m cnn_core.runs.format_docs`"


def test_the_version_of_an_event_is_no_metric(tmp_path):
    folder = RunStore(tmp_path).create(digits_experiment(epochs=1))
    train_run(folder)
    columns = ["epoch", "samples", "accuracy", "loss", "val_accuracy", "val_loss", "learning_rate", "seconds"]
    assert sorted((folder.path / "history.csv").read_text().splitlines()[0].split(",")) == sorted(columns)
    assert sorted(RunStore(tmp_path).find(folder.id).history[0]) == sorted(columns)


def test_newer_settings_of_a_fine_tuned_run_are_named_as_newer(old_runs):
    path = old_runs.runs_dir / "fine-tuned" / "own" / "settings.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 99}))
    with pytest.raises(NewerVersion, match="format 99"):
        read_own_images(old_runs.find("fine-tuned").folder)


def test_an_older_checkpoint_is_tried_when_the_newest_is_damaged(tmp_path):
    folder = RunStore(tmp_path).create(digits_experiment(epochs=2))
    train_run(folder)
    newest = folder.checkpoints_dir / "epoch-0002.npz"
    newest.write_bytes(newest.read_bytes()[:500])
    assert load_latest_checkpoint(folder.checkpoints_dir).epoch == 1
