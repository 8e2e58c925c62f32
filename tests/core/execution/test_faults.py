"""Servers that are killed, disks that are full, folders that can't be written: the run says so, and others go on."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_runs import digits_experiment, events_of, figures_of, identical, put_in_line, states_of, weights_of

import cnn_core
from cnn_core import LocalExecutor, RunStore, train_run
from cnn_core.execution import executor as executor_module
from cnn_core.execution.worker_process import Worker
from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.events import EventWriter
from cnn_core.training.failures import explain_failure

PATIENCE_S = 300
ENDED = ("completed", "stopped", "failed", "interrupted")
PRETEND = (sys.executable, str(Path(__file__).with_name("pretend_worker.py")))
ROOT = Path(cnn_core.__file__).parents[1]
NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s for {what}"
        time.sleep(0.05)


def wait_for_state(store, folder, *states):
    wait_for(lambda: store.find(folder.id).state in states, f"{folder.id} to be {' or '.join(states)}")
    return store.find(folder.id)


def is_alive(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.fixture(autouse=True)
def _workers_find_the_package(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


# ---- the server is killed


SERVER = """
import sys, time
from pathlib import Path
from cnn_core import Experiment, LocalExecutor, RunStore
executor = LocalExecutor(RunStore(Path(sys.argv[1])), capacity=1)
for text in sys.argv[2:]:
    print(executor.submit(Experiment.model_validate_json(text)).id, flush=True)
print(next(iter(executor._workers.values()))[1].pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc whether a process is alive")
def test_after_a_killed_server_no_worker_remains_and_runs_resume(store):
    experiments = [digits_experiment(epochs=1000), digits_experiment(), digits_experiment()]
    arguments = [str(store.runs_dir), *(experiment.model_dump_json() for experiment in experiments)]
    server = subprocess.Popen([sys.executable, "-c", SERVER, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        *ids, pid = (server.stdout.readline().strip() for _ in range(4))
        begun = store.find(ids[0]).folder
        wait_for(lambda: list_checkpoints(begun.checkpoints_dir) or begun.last_state() in ENDED, "the first epoch")
        assert store.find(ids[0]).state == "running"
        assert is_alive(int(pid))
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()
    wait_for(lambda: not is_alive(int(pid)), "the worker to end")
    wait_for(lambda: store.find(ids[0]).state == "interrupted", "its lock to be freed")
    orphan, *waiting = (store.find(run_id) for run_id in ids)
    assert orphan.history.state == "running"  # no one could write it down
    assert [run.state for run in waiting] == ["queued", "queued"]

    successor = LocalExecutor(RunStore(store.runs_dir), capacity=1, command=PRETEND)
    try:
        for _ in range(2):
            successor.reconcile()
        orphan = store.find(orphan.id)
        assert (orphan.state, orphan.history.state) == ("interrupted", "interrupted")
        assert "closed while this run was training" in orphan.reason
        for run in waiting:
            assert wait_for_state(store, run.folder, *ENDED).state == "completed"
            assert states_of(run.folder) == ["queued", "running", "completed"]  # once, and in its turn
        first, second = (store.find(run.id).history for run in waiting)
        assert first.ended <= second.started

        reached = max(list_checkpoints(orphan.folder.checkpoints_dir))
        assert reached >= len(orphan.history.epochs) - 1
        successor.resume(orphan.id)
        wait_for(lambda: states_of(orphan.folder).count("running") == 2, "it to go on")
        successor.stop(orphan.id)
        assert wait_for_state(store, orphan.folder, *ENDED).state == "stopped"
        assert states_of(orphan.folder) == ["queued", "running", "interrupted", "queued", "running", "stopped"]
    finally:
        successor.close()


# ---- the disk is full, or may not be written


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="limits another process's files, as Linux can")
def test_a_worker_that_cannot_write_fails_only_its_run(store, monkeypatch):
    workers = []

    class Remembered(Worker):
        def __init__(self, command):
            super().__init__(command)
            workers.append(self)

    monkeypatch.setattr(executor_module, "Worker", Remembered)
    executor = LocalExecutor(store, capacity=1)
    try:
        executor.warm_up()
        resource.prlimit(workers[0].pid, resource.RLIMIT_FSIZE, (100, 100))  # bytes: not even one more event fits
        executor._command, executor._keep_spare = PRETEND, False
        full, other = executor.submit(digits_experiment()), executor.submit(digits_experiment())
        run = wait_for_state(store, full, "failed")
        assert "The run's folder can't be written: File too large. Free some space" in run.reason
        assert "Traceback" not in run.reason
        assert wait_for_state(store, other, *ENDED).state == "completed"
        wait_for(lambda: store.find(full.id).history.state == "failed", "the reason to be written down")

        executor.resume(full.id)  # there is room again
        assert wait_for_state(store, full, *ENDED).state == "completed"
        assert store.find(full.id).reason == ""
    finally:
        executor.close()


def test_a_folder_without_a_lock_fails_only_its_run(store):
    executor = LocalExecutor(store, capacity=1, command=PRETEND)
    first, closed, last = (store.create(digits_experiment()) for _ in range(3))
    (closed.path / "lock").mkdir()
    for folder in (first, closed, last):
        executor.queue.add(folder.id)
    executor.start_waiting()
    assert wait_for_state(store, last, *ENDED).state == "completed"
    assert wait_for_state(store, first, *ENDED).state == "completed"
    assert (store.find(closed.id).state, "lock" in store.find(closed.id).reason) == ("failed", True)
    executor.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("runs"))
    folder = store.create(digits_experiment(epochs=3))
    train_run(folder)
    return store.find(folder.id)


def test_a_run_that_fails_on_a_full_disk_resumes_when_there_is_space(store, undisturbed, monkeypatch):
    folder = store.create(undisturbed.experiment)
    flush = os.fsync

    def fill_up(descriptor):
        if list_checkpoints(folder.checkpoints_dir):
            raise NO_SPACE
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fill_up)
    with pytest.raises(OSError, match="No space left"):
        train_run(folder)
    monkeypatch.undo()
    run = store.find(folder.id)
    assert run.state == "failed"
    assert run.reason == (
        "The run's folder can't be written: No space left on device. Free some space or mend its permissions."
    )
    assert list_checkpoints(folder.checkpoints_dir) == [1]
    assert not list(folder.checkpoints_dir.glob("*.part"))
    assert not (folder.weights_dir / "live.npz").exists()

    put_in_line(folder)
    train_run(folder)
    again = store.find(folder.id)
    assert (again.state, again.reason) == ("completed", "")
    assert figures_of(again) == figures_of(undisturbed)
    assert identical(weights_of(folder), weights_of(undisturbed.folder))


def test_an_event_that_cannot_be_written_raises_the_cause(store, monkeypatch):
    folder = store.create(digits_experiment())
    emit = EventWriter.emit

    def fill_up(self, type_, **fields):
        if type_ != "state" or fields["state"] != "running":
            raise NO_SPACE
        emit(self, type_, **fields)

    monkeypatch.setattr(EventWriter, "emit", fill_up)
    with pytest.raises(OSError, match="No space left"):
        train_run(folder)
    assert store.find(folder.id).state == "interrupted"
    assert not folder.is_held()
    assert len(events_of(folder, "state")) == 2


# ---- in words


class ResourceExhaustedError(Exception):
    """As TensorFlow names it."""


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NO_SPACE, "can't be written: No space left on device. Free some space"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied. Free some space or mend its perm"),
        (OSError("odd"), "can't be written: odd"),
        (MemoryError(), "memory of this machine is not enough for this network. Use a smaller batch"),
        (ResourceExhaustedError("OOM when allocating"), "memory of this machine is not enough"),
        (cnn_core.CnnLabError("A sentence."), "A sentence."),
        (ZeroDivisionError("boom"), "ZeroDivisionError: boom"),
    ],
)
def test_failures_are_described_in_one_sentence(error, words):
    assert words in explain_failure(error)
    assert len(explain_failure(ValueError("x" * 10**6))) <= 2000
