import errno
import time
from pathlib import Path

import pytest

from cnn_core import RunStore, default_runs_dir
from cnn_core.errors import CorruptRun, RunError
from cnn_core.runs import RunFolder, create_run
from cnn_core.runs.events import read_events
from cnn_core.runs.locked_folder import write_atomically


def test_a_new_run_is_queued_with_its_experiment(tmp_path, tiny_experiment):
    folder = RunFolder(create_run(tmp_path, tiny_experiment, style=3).path)
    assert folder.experiment == tiny_experiment
    assert (folder.facts.id, folder.facts.style) == (folder.id, 3)
    assert [event["state"] for event in read_events(folder.events_path)] == ["queued"]


def test_the_runs_folder_is_created_when_needed(tmp_path, tiny_experiment):
    assert create_run(tmp_path / "a" / "b", tiny_experiment).path.parent == tmp_path / "a" / "b"


def test_runs_created_in_the_same_second_have_unique_names(tmp_path, tiny_experiment):
    assert len({create_run(tmp_path, tiny_experiment).id for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        *((name, name) for name in ("LeNet 5", "a/b", "../../outside", "..\\up", "网络", "x" * 80, "a:b*c?")),
        ("nul\0", "nul"),
        ("two\nlines", "two lines"),
        ("\u202elive", "live"),
        ("  ", "?"),
        ("\u202e", "?"),
    ],
)
def test_any_architecture_name_gives_one_folder_directly_in_the_runs_folder(tmp_path, tiny_experiment, name, shown):
    architecture = tiny_experiment.architecture.model_copy(update={"name": name})
    store = RunStore(tmp_path / "runs")
    folder = store.create(tiny_experiment.model_copy(update={"architecture": architecture}))
    assert folder.path.parent == tmp_path / "runs"
    assert store.find(folder.id).experiment.architecture.name == shown


def test_a_runs_folder_below_a_file_is_an_error_with_path_and_repair(tmp_path, tiny_experiment):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError) as error:
        create_run(tmp_path / "file" / "runs", tiny_experiment)
    for words in (str(tmp_path / "file" / "runs"), "can't be written", "--runs-dir", "CNN_LAB_RUNS_DIR"):
        assert words in str(error.value)


def test_a_read_only_runs_folder_is_an_error_with_its_path(tmp_path, tiny_experiment, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(RunError, match="Permission denied") as error:
        create_run(tmp_path, tiny_experiment)
    assert str(tmp_path) in str(error.value)


def test_runs_are_in_the_configured_folder_or_in_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_LAB_RUNS_DIR", str(tmp_path))
    assert default_runs_dir() == tmp_path
    monkeypatch.delenv("CNN_LAB_RUNS_DIR")
    monkeypatch.chdir(tmp_path)
    assert default_runs_dir() == tmp_path / "runs"


def test_a_lock_is_held_only_while_a_process_uses_the_run(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    assert not folder.is_held()
    with folder.lock():
        assert folder.is_held()
    assert not folder.is_held()


def test_checking_a_lock_does_not_take_it(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    with folder.lock():
        pass
    assert not folder.is_held()
    with folder.lock().acquire(timeout=0):
        pass


def test_commands_are_read_in_order(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    assert folder.commands() == []
    folder.command("look")
    folder.command("stop")
    assert folder.commands() == ["look", "stop"]


def test_a_command_right_after_queuing_is_read(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    for _ in range(200):
        folder.writer().emit("state", state="queued")
        folder.command("stop")
        assert folder.commands()[-1:] == ["stop"]


def test_commands_before_the_last_queuing_are_ignored(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    folder.command("stop")
    time.sleep(0.01)
    folder.writer().emit("state", state="queued")
    assert folder.commands() == []
    folder.command("pause")
    assert folder.commands() == ["pause"]


def test_a_command_reader_returns_each_complete_line_once(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    reader = folder.command_reader()
    folder.command("learning_rate", 0.5)
    (given,) = reader.read()
    assert (given["command"], given["value"]) == ("learning_rate", 0.5)
    with (folder.path / "commands.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"command": "st')
    assert reader.read() == []
    with (folder.path / "commands.jsonl").open("a", encoding="utf-8") as file:
        file.write(f'op", "time": {time.time()}}}\n')
    assert [line["command"] for line in reader.read()] == ["stop"]


def test_owner_and_origin_of_a_run_are_stored(tmp_path, tiny_experiment):
    made = create_run(tmp_path, tiny_experiment, owner="ada", parent="R2", parent_epoch=3)
    facts = RunFolder(made.path).facts
    assert (facts.owner, facts.parent, facts.parent_epoch) == ("ada", "R2", 3)


@pytest.mark.parametrize(
    "line", ['{"command": "st', "{}", "nonsense}", "[]", "", '{"command": "pause", "time": "noon"}']
)
def test_a_damaged_command_is_skipped(tmp_path, tiny_experiment, line):
    folder = create_run(tmp_path, tiny_experiment)
    (folder.path / "commands.jsonl").write_text(f"{line}\n", encoding="utf-8")
    folder.command("stop")
    assert folder.commands() == ["stop"]


def test_an_experiment_of_a_newer_version_is_corrupt_and_says_so(tmp_path, tiny_experiment):
    folder = create_run(tmp_path, tiny_experiment)
    newer = tiny_experiment.model_dump_json().replace('"version":1', '"version":2')
    (folder.path / "experiment.json").write_text(newer, encoding="utf-8")
    with pytest.raises(CorruptRun, match=r"experiment\.json: .*version"):
        _ = RunFolder(folder.path).experiment


def test_files_are_replaced_atomically(tmp_path, monkeypatch):
    path = tmp_path / "run.json"
    write_atomically(path, "old")

    def fail(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
