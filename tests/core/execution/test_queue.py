"""The line of runs: shared by processes, fair to people, and each run is started once."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runs import digits_experiment, states_of

import cnn_core
from cnn_core import LocalExecutor, RunStore
from cnn_core.execution.queue import Queue, Ticket, fair_order

ROOT = Path(cnn_core.__file__).parents[1]
PATIENCE_S = 300


def ids(queue):
    return [ticket.run_id for ticket in queue.waiting()]


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path)


def test_an_empty_queue_has_no_waiting_runs(queue, tmp_path):
    assert queue.waiting() == []
    assert queue.find("a") is None
    assert Queue(tmp_path / "absent").waiting() == []


def test_the_queue_is_first_in_first_out(queue):
    for run_id in "cab":
        queue.add(run_id)
    assert ids(queue) == ["c", "a", "b"]
    assert queue.find("a").run_id == "a"


@pytest.mark.parametrize("owner", ["", "ada", "a b/c", "..", "名前", "x" * 200, "a~b"])
def test_any_owner_and_run_id_can_be_queued(queue, owner):
    queue.add("20261121-101500-LeNet_5-网络-a1b2c3", owner)
    (ticket,) = queue.waiting()
    assert ticket.run_id == "20261121-101500-LeNet_5-网络-a1b2c3"
    assert queue.take(ticket)
    assert queue.waiting() == []


def test_a_ticket_is_taken_by_one_process_only(queue):
    queue.add("a")
    (ticket,) = queue.waiting()
    assert [queue.take(ticket) for _ in range(3)] == [True, False, False]


def test_unknown_files_are_not_tickets(queue, tmp_path):
    queue.add("a")
    for name in ("README", "x~y~z", "1~y"):
        (tmp_path / ".queue" / name).touch()
    assert ids(queue) == ["a"]


def test_an_unwritable_queue_gives_out_no_ticket(queue, monkeypatch):
    queue.add("a")
    (ticket,) = queue.waiting()

    def refuse(self, **kwargs):
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", refuse)
    assert not queue.take(ticket)


# ---- moving


@pytest.mark.parametrize(
    ("run_id", "places", "expected"),
    [
        ("c", -1, "acbd"),
        ("c", -2, "cabd"),
        ("c", -9, "cabd"),
        ("a", 1, "bacd"),
        ("a", 9, "bcda"),
        ("b", 0, "abcd"),
        ("nobody", -1, "abcd"),
    ],
)
def test_a_run_moves_by_positions_and_stops_at_the_ends(queue, run_id, places, expected):
    for name in "abcd":
        queue.add(name)
    queue.move(run_id, places)
    assert "".join(ids(queue)) == expected


def test_moving_a_run_keeps_the_positions_of_other_owners(queue):
    for name, owner in (("a1", "ada"), ("b1", "bob"), ("a2", "ada"), ("b2", "bob"), ("a3", "ada")):
        queue.add(name, owner)
    queue.move("a3", -2)
    assert ids(queue) == ["a3", "b1", "a1", "b2", "a2"]


@given(moves=st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-4, 4)), max_size=12))
def test_moving_runs_matches_a_list_and_loses_none(tmp_path_factory, moves):
    queue, line = Queue(tmp_path_factory.mktemp("runs")), list("abcde")
    for name in line:
        queue.add(name)
    for name, places in moves:
        queue.move(name, places)
        target = min(max(line.index(name) + places, 0), 4)
        line.remove(name)
        line.insert(target, name)
    assert ids(queue) == line


# ---- in turn


def line(text):
    """ "a1 a2 b1": owner and place."""
    return [Ticket(place, name[0], name) for place, name in enumerate(text.split())]


@pytest.mark.parametrize(
    ("waiting", "running", "expected"),
    [
        ("a1 a2 a3", "", "a1 a2 a3"),
        ("a1 a2 a3 b1 b2", "", "a1 b1 a2 b2 a3"),
        ("a1 a2 b1 c1", "a", "b1 c1 a1 a2"),
        ("a1 b1", "aab", "b1 a1"),
    ],
)
def test_owners_with_the_fewest_running_come_first_then_the_oldest(waiting, running, expected):
    assert " ".join(t.run_id for t in fair_order(line(waiting), Counter(running))) == expected


def test_among_equal_owners_the_longest_waiting_comes_first():
    tickets = line("a1 a2 b1 c1")
    assert [t.run_id for t in fair_order(tickets, Counter(), {"a": 3, "b": 1})] == ["c1", "b1", "a1", "a2"]


@given(owners=st.lists(st.sampled_from("abc"), max_size=20))
def test_an_owner_waits_for_at_most_one_run_of_each_other_owner(owners):
    tickets = [Ticket(i, owner, f"{owner}{i}") for i, owner in enumerate(owners)]
    served = [ticket.owner for ticket in fair_order(tickets, Counter())]
    assert sorted(served) == sorted(owners)
    for end in range(len(served)):
        counts = Counter(served[:end])
        left = set(served[end:])
        assert all(counts[owner] >= max(counts.values(), default=0) - 1 for owner in left)


# ---- executors with a line and a stub for workers


STUB = 'read job; echo "$job" >> "$0"; sleep %s'


def stub(log, seconds=0.0):
    return "sh", "-c", STUB % seconds, str(log)


def started(log):
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [Path(json.loads(text)["run"]).name for text in lines]


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def test_owners_are_served_round_robin(store, tmp_path):
    log = tmp_path / "log"
    executor = LocalExecutor(store, capacity=1, command=stub(log, 0.3))
    owners = {}
    for owner in ("ada", "ada", "ada", "ada", "bob", "bob", "eve"):
        owners[executor.submit(digits_experiment(), owner=owner).id] = owner
    wait_for(lambda: len(started(log)) == 7)
    served = [owners[run_id] for run_id in started(log)]
    assert served[0] == "ada"  # there was no one else yet
    assert served == ["ada", "bob", "eve", "ada", "bob", "ada", "ada"]


def test_a_queued_run_can_be_moved_and_removed(store, tmp_path):
    log = tmp_path / "log"
    executor = LocalExecutor(store, capacity=1, command=stub(log, 0.5))
    first, second, third, fourth = (executor.submit(digits_experiment()) for _ in range(4))
    executor.move(fourth.id, -2)
    executor.stop(third.id)
    wait_for(lambda: len(started(log)) == 3)
    assert started(log) == [first.id, fourth.id, second.id]
    assert states_of(third) == ["queued", "stopped"]


def test_two_executors_on_one_folder_start_every_run_once(store, tmp_path):
    log = tmp_path / "log"
    executors = [LocalExecutor(RunStore(store.runs_dir), capacity=2, command=stub(log, 0.02)) for _ in range(2)]
    folders = []

    def submit(executor):
        for _ in range(15):
            folders.append(executor.submit(digits_experiment()))

    threads = [threading.Thread(target=submit, args=(executor,)) for executor in executors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: len(started(log)) >= 30 and not executors[0].queue.waiting())
    time.sleep(0.5)
    assert Counter(started(log)) == Counter(folder.id for folder in folders)


def test_reconcile_queues_a_run_without_a_ticket_once(store, tmp_path):
    log = tmp_path / "log"
    lost = store.create(digits_experiment(), owner="ada")
    kept = store.create(digits_experiment())
    Queue(store.runs_dir).add(kept.id)
    done = store.create(digits_experiment())
    done.writer().emit("state", state="completed")
    executor = LocalExecutor(store, capacity=1, command=stub(log, 0.3))
    for _ in range(3):
        executor.reconcile()
    wait_for(lambda: len(started(log)) == 2)
    time.sleep(0.5)
    assert sorted(started(log)) == sorted([lost.id, kept.id])
    assert executor.queue.waiting() == []


SUBMITTER = """
import os, sys, time
from pathlib import Path
from cnn_core import Experiment, LocalExecutor, RunStore
runs_dir, owner, experiment = Path(sys.argv[1]), sys.argv[2], Experiment.model_validate_json(sys.argv[3])
executor = LocalExecutor(RunStore(runs_dir), capacity=1, command=sys.argv[4:])
sys.stdin.readline()
for number in range(100):
    executor.submit(experiment.with_training(seed=number), owner)
while True:
    with executor._lock:  # between a ticket and its worker nobody looks
        if not executor.queue.waiting() and not executor._workers:
            os._exit(0)  # threads that wrote down the last end may still be at work
    time.sleep(0.05)
"""


def test_a_thousand_concurrent_submissions_start_once_each(tmp_path):
    runs_dir, log = tmp_path / "runs", tmp_path / "log"
    experiment = digits_experiment().model_dump_json()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", SUBMITTER, str(runs_dir), f"owner{i % 4}", experiment, *stub(log)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment | {"CNN_LAB_MAX_WAITING": "1000"},
        )
        for i in range(10)
    ]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, errors[-2000:]
    runs = {path.name for path in runs_dir.iterdir() if not path.name.startswith(".")}
    assert len(runs) == 1000
    counts = Counter(started(log))
    assert set(counts) == runs
    assert set(counts.values()) == {1}
    assert Queue(runs_dir).waiting() == []
