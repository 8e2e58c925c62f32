"""Real worker processes; each loads TensorFlow, so there are few of them and each test asks several things."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cnn_core import LocalExecutor, RunStore, load_probe
from cnn_core.errors import RunError
from cnn_core.runs import executor as executor_module
from cnn_core.training.events import read_events

PATIENCE_S = 120
ENDED = ("completed", "stopped", "failed", "interrupted")


def wait_for(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE_S} s for {what}")


def wait_for_state(store, folder, *states):
    wait_for(lambda: store.find(folder.id).state in states, f"{folder.id} to be {' or '.join(states)}")
    return store.find(folder.id)


def wait_for_first_epoch(store, folder):
    wait_for(lambda: store.find(folder.id).history.epochs or store.find(folder.id).state in ENDED, "the first epoch")
    run = store.find(folder.id)
    assert run.state == "running", run.reason
    return run


def is_alive(pid):
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.fixture
def workers(monkeypatch):
    """Every worker process that was started, in order."""
    started = []
    spawn = executor_module._spawn

    def remember(*arguments):
        started.append(spawn(*arguments))
        return started[-1]

    monkeypatch.setattr(executor_module, "_spawn", remember)
    return started


@pytest.fixture
def executor(store, workers):
    executor = LocalExecutor(store, capacity=1)
    yield executor
    executor.close()
    for worker in workers:
        worker.wait()


@pytest.fixture
def endless(tiny_experiment):
    return tiny_experiment.with_training(epochs=1000)


def test_with_room_for_one_runs_go_one_after_another(executor, store, workers, tiny_experiment, endless):
    first = executor.submit(endless)
    second = executor.submit(tiny_experiment)
    third = executor.submit(tiny_experiment)
    assert len(workers) == 1

    executor.stop(third.id)
    assert store.find(third.id).state == "stopped"

    wait_for_first_epoch(store, first)
    assert store.find(second.id).state == "queued"
    executor.stop(first.id)
    stopped = wait_for_state(store, first, *ENDED)
    assert stopped.state == "stopped", stopped.reason
    assert 1 <= len(stopped.history.epochs) < 1000
    assert stopped.has_model

    completed = wait_for_state(store, second, *ENDED)
    assert completed.state == "completed", completed.reason
    assert len(completed.history.epochs) == 2
    assert completed.history.started >= stopped.history.ended
    assert load_probe(second).predict_ink(np.zeros((28, 28), np.float32)).shape == (10,)

    wait_for(lambda: all(worker.poll() is not None for worker in workers), "the workers to end")
    assert [worker.returncode for worker in workers] == [0, 0]
    assert [event["state"] for event in states_of(third)] == ["queued", "stopped"]  # it never began


def states_of(folder):
    return [event for event in read_events(folder.events_path) if event["type"] == "state"]


def test_a_run_stopped_while_its_worker_still_warms_up_stays_stopped(executor, store, workers, endless):
    folder = executor.submit(endless)
    executor.stop(folder.id)  # TensorFlow takes seconds to load: no event but "queued" is there yet
    (worker,) = workers
    wait_for(
        lambda: worker.poll() is not None or len(store.find(folder.id).history.epochs) > 2,
        "the worker to end, or to train on regardless",
    )
    run = store.find(folder.id)
    assert run.state == "stopped"
    assert len(run.history.epochs) <= 1


def test_a_killed_run_is_interrupted_with_the_reason_and_makes_room(executor, store, workers, endless):
    executor.warm_up()
    executor.warm_up()
    assert len(workers) == 1
    folder = executor.submit(endless)
    assert len(workers) == 1  # the spare took it
    wait_for_first_epoch(store, folder)
    executor.kill(folder.id)
    wait_for(lambda: store.find(folder.id).history.state == "interrupted", "the interruption to be recorded")
    run = store.find(folder.id)
    assert "by signal 9" in run.reason
    assert not run.has_model
    assert not run.folder.is_held()
    wait_for(lambda: len(workers) == 2, "a new spare")


def test_a_run_whose_training_fails_in_its_worker_says_why(executor, store, tiny_experiment, monkeypatch):
    monkeypatch.setenv("CNN_LAB_DATA_DIR", str(store.runs_dir))
    store.runs_dir.mkdir(parents=True)
    (store.runs_dir / "mnist.npz").write_text("no data set", encoding="utf-8")
    broken = executor.submit(tiny_experiment.on_dataset("mnist"))
    run = wait_for_state(store, broken, *ENDED)
    assert run.state == "failed"
    assert "mnist.npz is not MNIST" in run.reason


SERVER = """
import sys, time
from pathlib import Path
from cnn_core import Experiment, LocalExecutor, RunStore
executor = LocalExecutor(RunStore(Path(sys.argv[1])), capacity=1)
for text in sys.argv[2:]:
    print(executor.submit(Experiment.model_validate_json(text)).id, flush=True)
print(next(iter(executor._workers.values())).pid, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc whether a process is alive")
def test_when_the_server_is_killed_its_worker_ends_and_the_next_server_says_so(store, tiny_experiment, endless):
    arguments = [str(store.runs_dir), endless.model_dump_json(), tiny_experiment.model_dump_json()]
    root = Path(executor_module.__file__).parents[2]
    server = subprocess.Popen([sys.executable, "-c", SERVER, *arguments], cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        orphan, waiting, pid = (server.stdout.readline().strip() for _ in range(3))
        wait_for_first_epoch(store, store.find(orphan).folder)
        assert is_alive(int(pid))
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()
    wait_for(lambda: not is_alive(int(pid)), "the worker to end")
    wait_for(lambda: store.find(orphan).state == "interrupted", "its lock to be freed")
    assert store.find(orphan).history.state == "running"  # nobody could write it down

    successor = LocalExecutor(RunStore(store.runs_dir), capacity=1)
    try:
        successor.reconcile()
        assert store.find(orphan).history.state == "interrupted"
        assert "closed while this run was training" in store.find(orphan).reason
        assert wait_for_state(store, store.find(waiting).folder, *ENDED).state == "completed"
    finally:
        successor.close()


# ---- without a process


def test_reconciling_leaves_a_run_alone_that_a_living_process_works_on(store, endless):
    folder = store.create(endless)
    folder.writer().emit("state", state="running")
    with folder.lock():
        LocalExecutor(store).reconcile()
    assert [event["state"] for event in states_of(folder)] == ["queued", "running"]


def test_reconciling_twice_records_an_interruption_once(store, endless):
    folder = store.create(endless)
    folder.writer().emit("state", state="running")
    for _ in range(2):
        LocalExecutor(store).reconcile()
    assert [event["state"] for event in states_of(folder)] == ["queued", "running", "interrupted"]


def test_a_run_that_cannot_be_written_is_refused_when_it_is_submitted(tmp_path, tiny_experiment, workers):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    executor = LocalExecutor(RunStore(tmp_path / "file" / "runs"))
    with pytest.raises(RunError, match="can't be written"):
        executor.submit(tiny_experiment)
    assert workers == []


def test_stopping_a_finished_run_changes_nothing(digits_run):
    folder, _, _ = digits_run
    before = folder.events_path.read_bytes()
    LocalExecutor(RunStore(folder.path.parent)).stop(folder.id)
    assert folder.events_path.read_bytes() == before
    assert folder.commands() == []


def test_a_closed_executor_starts_nothing_more(store, tiny_experiment, workers):
    executor = LocalExecutor(store)
    executor.close()
    folder = executor.submit(tiny_experiment)
    executor.warm_up()
    assert workers == []
    assert store.find(folder.id).state == "queued"
