"""Worker processes: most of them only pretend to train, since each that loads TensorFlow takes seconds."""

import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_runs import digits_experiment, events_of, interventions_of, states_of

import cnn_core
from cnn_core import LocalExecutor, RunStore, load_probe
from cnn_core.errors import LimitReached, RunError, SpecError
from cnn_core.execution import executor as executor_module
from cnn_core.execution.worker_process import Worker
from cnn_core.experiment.optimizers import SGD
from cnn_core.runs.timings import name_task, read_timings

PATIENCE_S = 300
ENDED = ("completed", "stopped", "failed", "interrupted")
PRETEND = (sys.executable, str(Path(__file__).with_name("pretend_worker.py")))
ROOT = Path(cnn_core.__file__).parents[1]


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


@pytest.fixture
def workers(monkeypatch):
    """Every worker process that was started, in order."""
    started = []

    class Remembered(Worker):
        def __init__(self, command):
            super().__init__(command)
            started.append(self)

    monkeypatch.setattr(executor_module, "Worker", Remembered)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    yield started
    for worker in started:
        worker.kill()
        worker._process.wait()


@pytest.fixture
def executor(store, workers):
    executor = LocalExecutor(store, capacity=1, command=PRETEND)
    yield executor
    executor.close()


def named(name, **training):
    return digits_experiment(**training).model_copy(update={"name": name})


ENDLESS = digits_experiment(epochs=1000)


# ---- pretending


def test_with_one_slot_runs_execute_in_sequence(executor, store, workers):
    first, second, third = (executor.submit(e) for e in (ENDLESS, digits_experiment(), digits_experiment()))
    assert len(workers) == 1
    assert [ticket.run_id for ticket in executor.queue.waiting()] == [second.id, third.id]

    executor.stop(third.id)
    assert store.find(third.id).state == "stopped"
    assert store.find(third.id).reason == "Taken out of the line before it began."

    wait_for_first_epoch(store, first)
    assert store.find(second.id).state == "queued"
    executor.stop(first.id)
    stopped = wait_for_state(store, first, *ENDED)
    assert stopped.state == "stopped", stopped.reason

    completed = wait_for_state(store, second, *ENDED)
    assert completed.state == "completed", completed.reason
    assert completed.history.started >= stopped.history.ended
    wait_for(lambda: not any(worker.is_alive() for worker in workers), "the workers to end")
    assert len(workers) == 2
    assert states_of(third) == ["queued", "stopped"]  # it never began
    assert executor.queue.waiting() == []


def test_a_run_stopped_while_its_worker_starts_stays_stopped(executor, store):
    folder = executor.submit(ENDLESS)
    executor.stop(folder.id)  # no event but "queued" is there yet
    run = wait_for_state(store, folder, *ENDED)
    assert run.state == "stopped"
    assert len(run.history.epochs) == 1


def test_a_killed_run_is_interrupted_and_frees_its_slot(executor, store, workers):
    executor.warm_up()
    executor.warm_up()
    assert len(workers) == 1
    folder = executor.submit(ENDLESS)
    assert len(workers) == 1  # the spare took it
    wait_for_first_epoch(store, folder)
    executor.kill(folder.id)
    wait_for(lambda: store.find(folder.id).history.state == "interrupted", "the interruption to be recorded")
    run = store.find(folder.id)
    assert "by signal 9" in run.reason
    assert not run.has_model
    assert not run.folder.is_held()
    wait_for(lambda: len(workers) == 2, "a new spare")


def test_a_crashed_worker_interrupts_only_its_run_which_can_resume(executor, store):
    dying, next_ = executor.submit(named("dies")), executor.submit(digits_experiment())
    assert wait_for_state(store, dying, *ENDED).state == "interrupted"
    assert wait_for_state(store, next_, *ENDED).state == "completed"
    wait_for(lambda: store.find(dying.id).history.state == "interrupted", "the interruption to be recorded")
    executor.resume(dying.id)
    wait_for(lambda: states_of(dying).count("running") == 2, "it to begin again")
    wait_for(lambda: states_of(dying)[-1] == "interrupted", "its second death")
    assert states_of(dying) == ["queued", "running", "interrupted"] * 2


def test_the_stderr_of_a_worker_that_cannot_write_is_the_reason(executor, store):
    folder = executor.submit(named("speechless"))
    run = wait_for_state(store, folder, *ENDED)
    assert (run.state, run.reason) == ("failed", "The run's folder can't be written: No space left on device.")
    assert states_of(folder) == ["queued", "failed"]


def test_the_reason_is_kept_when_it_cannot_be_written(executor, store, workers, monkeypatch):
    def refuse(folder, state, reason):
        return False

    monkeypatch.setattr(executor_module, "_record_end", refuse)
    folder = executor.submit(named("speechless"))
    run = wait_for_state(store, folder, *ENDED)
    assert (run.state, run.is_active) == ("failed", False)
    assert "No space left" in run.reason
    assert states_of(folder) == ["queued"]
    executor.resume(folder.id)
    wait_for(lambda: len(workers) == 2, "another try")
    assert "No space left" in wait_for_state(store, folder, *ENDED).reason
    assert states_of(folder) == ["queued", "queued"]


def test_a_run_queued_again_before_its_worker_exits_is_trained_again(executor, store):
    folder = executor.submit(named("lingers"))
    wait_for_state(store, folder, "completed")
    folder.checkpoints_dir.mkdir()
    (folder.checkpoints_dir / "epoch-0002.npz").touch()
    executor.extend(folder.id, 1)  # its old worker lives for another second
    assert states_of(folder)[-1] == "queued"
    wait_for(lambda: states_of(folder).count("completed") == 2, "its second end")
    assert states_of(folder) == ["queued", "running", "completed"] * 2


def test_if_no_process_can_start_the_run_fails_and_others_wait(store):
    executor = LocalExecutor(store, capacity=1, command=("/no/such/program",))
    first = executor.submit(digits_experiment())
    assert store.find(first.id).state == "interrupted"
    assert "No process could be started" in store.find(first.id).reason
    executor.resume(first.id)
    assert states_of(first) == ["queued", "interrupted"] * 2


def test_an_invalid_worker_command_interrupts_the_run(store):
    executor = LocalExecutor(store, capacity=1, command=("sh", "-c", "read job; exit 7"))
    run = wait_for_state(store, executor.submit(digits_experiment()), *ENDED)
    assert run.state == "interrupted"
    assert "with code 7" in run.reason


# ---- one real worker after the other


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks /proc whether a process is alive")
def test_a_real_worker_obeys_all_steering_commands(store, workers):
    executor = LocalExecutor(store, capacity=1)
    executor.warm_up()
    # Slow enough for a person: about 10 ms a step
    folder = executor.submit(digits_experiment(epochs=400, batch_size=500))
    (worker,) = workers
    try:
        wait_for_first_epoch(store, folder)
        executor.pause(folder.id)
        wait_for_state(store, folder, "paused")
        before = events_of(folder, "batch")
        time.sleep(1)
        assert events_of(folder, "batch") == before
        assert worker.is_alive()
        assert folder.is_held()
        executor.steer(folder.id, learning_rate=0.01, optimizer=SGD(momentum=0.5))
        executor.resume(folder.id)
        wait_for(lambda: len(store.find(folder.id).history.interventions) >= 4, "the optimizer to change")
        executor.extend(folder.id, 7)
        wait_for(lambda: store.find(folder.id).history.plan.epochs == 407, "the plan to grow")
        executor.stop(folder.id)
        run = wait_for_state(store, folder, *ENDED)
        assert run.state == "stopped", run.reason
        whats = [what for _, _, what, _ in interventions_of(run)]
        assert sorted(whats) == ["epochs", "learning_rate", "optimizer", "pause", "resume", "stop"]
        assert run.history.batches[-1]["learning_rate"] == pytest.approx(0.01)
        assert load_probe(folder).predict_ink(np.zeros((28, 28), np.float32)).shape == (10,)

        reached = len(run.history.epochs)
        executor.extend(folder.id, 2, learning_rate=0.02)
        run = wait_for_state(store, folder, *ENDED)
        assert run.state == "completed", run.reason
        assert len(run.history.epochs) in (reached + 1, reached + 2)  # the epoch of the stop may have been a part
        assert run.history.epochs[-1]["learning_rate"] == pytest.approx(0.02)
        assert "Traceback" not in (folder.path / "worker.log").read_text(encoding="utf-8")
    finally:
        executor.close()


# ---- without a process


@pytest.fixture
def idle(store):
    """Puts runs in line and starts none."""
    executor = LocalExecutor(store)
    executor.close()
    return executor


def test_reconcile_skips_a_run_held_by_a_live_process(store):
    folder = store.create(ENDLESS)
    folder.writer().emit("state", state="running")
    with folder.lock():
        LocalExecutor(store).reconcile()
    assert states_of(folder) == ["queued", "running"]


def test_reconcile_records_an_interruption_once(store):
    folder = store.create(ENDLESS)
    folder.writer().emit("state", state="running")
    for _ in range(2):
        LocalExecutor(store).reconcile()
    assert states_of(folder) == ["queued", "running", "interrupted"]


def test_submitting_an_unwritable_run_is_an_error(tmp_path, workers):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    executor = LocalExecutor(RunStore(tmp_path / "file" / "runs"))
    with pytest.raises(RunError, match="can't be written"):
        executor.submit(digits_experiment())
    assert workers == []


def test_submitting_to_an_unwritable_queue_is_an_error(idle, store):
    store.runs_dir.mkdir()
    (store.runs_dir / ".queue").write_text("in the way", encoding="utf-8")
    with pytest.raises(RunError, match="line of runs can't be written"):
        idle.submit(digits_experiment())


def test_stopping_a_finished_run_changes_nothing(digits_run):
    folder, _, _ = digits_run
    before = folder.events_path.read_bytes()
    LocalExecutor(RunStore(folder.path.parent)).stop(folder.id)
    assert folder.events_path.read_bytes() == before
    assert folder.commands() == []


def test_a_closed_executor_starts_no_runs(store, workers):
    executor = LocalExecutor(store)
    executor.close()
    folder = executor.submit(digits_experiment())
    executor.warm_up()
    assert workers == []
    assert store.find(folder.id).state == "queued"


def finished(store, checkpoint=2, state="completed", **training):
    folder = store.create(digits_experiment(**training))
    writer = folder.writer()
    plan = {"steps_per_epoch": 15, "samples": 1500, "parameters": 1, "watched": "test"}
    writer.emit("plan", epochs=2, first_epoch=1, **plan)
    for epoch in (1, 2):
        writer.emit("epoch", epoch=epoch, samples=1500, loss=1.0, seconds=1.0)
    writer.emit("state", state=state)
    if checkpoint:
        folder.checkpoints_dir.mkdir()
        (folder.checkpoints_dir / f"epoch-{checkpoint:04d}.npz").touch()
    return folder


def test_completed_and_bundled_runs_are_not_resumed(idle, store):
    for run_id in (finished(store).id, "R5"):
        before = store.find(run_id).folder.events_path.read_bytes()
        with pytest.raises(RunError, match=r"is complete\. Add epochs to it"):
            idle.resume(run_id)
        assert store.find(run_id).folder.events_path.read_bytes() == before


@pytest.mark.parametrize("state", ["interrupted", "failed", "stopped"])
def test_other_finished_runs_are_queued_again(idle, store, state):
    folder = finished(store, state=state)
    idle.resume(folder.id, owner="ada")
    assert store.find(folder.id).state == "queued"
    assert [(t.run_id, t.owner) for t in idle.queue.waiting()] == [(folder.id, "ada")]
    idle.resume(folder.id)  # once more changes nothing
    assert len(idle.queue.waiting()) == 1
    assert states_of(folder) == ["queued", state, "queued"]


def test_a_run_whose_folder_is_locked_is_not_queued(idle, store):
    folder = finished(store, state="interrupted")
    with folder.lock(), pytest.raises(RunError, match="in use"):
        idle.resume(folder.id)
    assert idle.queue.waiting() == []


def test_more_epochs_for_a_finished_run_are_added_while_it_is_queued(idle, store):
    folder = finished(store)
    idle.extend(folder.id, 3, learning_rate=0.5)
    queued = events_of(folder, "state")[-1]
    assert (queued["state"], queued["epochs"], queued["learning_rate"]) == ("queued", 5, 0.5)


def test_more_epochs_for_a_run_under_way_are_a_command(idle, store):
    folder = finished(store, state="running")
    with folder.lock():
        idle.extend(folder.id, 3)
    assert [(c["command"], c["value"]) for c in folder.command_reader().read()] == [("epochs", 5)]


def test_an_optimizer_is_refused_in_the_last_epoch_unless_epochs_were_added(idle, store):
    folder = finished(store, state="running")
    with folder.lock():
        with pytest.raises(RunError, match=r"this is the last one\. Add epochs first"):
            idle.steer(folder.id, optimizer=SGD())
        assert folder.commands() == []
        idle.extend(folder.id, 3)
        idle.steer(folder.id, optimizer=SGD())
    assert [command["command"] for command in folder.command_reader().read()] == ["epochs", "optimizer"]


@pytest.mark.parametrize("under_way", [False, True])
def test_epochs_and_learning_rates_out_of_range_are_errors(idle, store, monkeypatch, under_way):
    folder = finished(store, state="running" if under_way else "completed")
    monkeypatch.setenv("CNN_LAB_MAX_EPOCHS", "50")
    asked = ((-5, None, SpecError, "epochs"), (10, -1.0, SpecError, "learning_rate"), (10, 11, SpecError, "less than"))
    with folder.lock():
        for epochs, rate, error, words in (*asked, (49, None, LimitReached, r"51 epochs .* allows \(50\)")):
            with pytest.raises(error, match=words):
                idle.extend(folder.id, epochs, learning_rate=rate)
    assert folder.commands() == []
    assert states_of(folder)[-1] == ("running" if under_way else "completed")


def test_a_run_without_a_checkpoint_gets_no_more_epochs(idle, store):
    for run_id in (finished(store, checkpoint=None).id, "R5"):
        with pytest.raises(RunError, match=r"kept no state to go on from\. Start it again with more epochs"):
            idle.extend(run_id, 1)


def test_a_finished_run_cannot_be_steered(idle, store):
    folder = finished(store)
    for steer in (
        lambda: idle.pause(folder.id),
        lambda: idle.steer(folder.id, learning_rate=0.1),
        lambda: idle.steer(folder.id, optimizer=SGD()),
    ):
        with pytest.raises(RunError, match="not under way any more"):
            steer()
    assert folder.commands() == []


def test_a_network_too_large_for_memory_is_rejected_with_both_figures(idle, store):
    with pytest.raises(LimitReached, match=r"needs about [\d.]+ GB of memory; [\d.]+ GB are free here. Use a smaller"):
        idle.submit(HUGE)
    assert not store.runs_dir.exists()


HUGE = cnn_core.Experiment.model_validate(
    {
        "dataset": "digits",
        "architecture": {
            "layers": [
                *({"kind": "Conv2D", "filters": 512, "padding": "same"} for _ in range(15)),
                {"kind": "GlobalAveragePooling2D"},
                {"kind": "Dense", "units": 10, "activation": "softmax"},
            ]
        },
        "training": {"batch_size": 8192},
    }
)


def test_the_queue_limit_of_one_owner_does_not_block_others(idle, monkeypatch):
    monkeypatch.setenv("CNN_LAB_MAX_WAITING", "2")
    first = idle.submit(digits_experiment(), owner="ada")
    idle.submit(digits_experiment(), owner="ada")
    with pytest.raises(LimitReached, match="2 of your runs are waiting already, and this server allows 2"):
        idle.submit(digits_experiment(), owner="ada")
    with pytest.raises(LimitReached):
        idle.restart_from(first.id, 0, owner="ada")
    idle.submit(digits_experiment(), owner="bob")
    idle.stop(first.id)
    idle.submit(digits_experiment(), owner="ada")


def test_a_worker_reports_its_exit_status_and_stderr():
    worker = Worker(("sh", "-c", 'read job; echo noise; echo \'{"failed": "because"}\'; echo more; exit 3'))
    worker._process.stdin.write("\n")
    worker._process.stdin.flush()
    assert worker.wait() == ("with code 3", "because")
    worker = Worker(("sh", "-c", "read job"))
    assert worker.is_alive()
    worker.kill()
    assert worker.wait() == ("by signal 9", "")
    assert not worker.is_alive()


def test_the_phases_of_a_completed_run_are_kept_for_later_estimates(store, executor):
    folder = executor.submit(digits_experiment(epochs=3))
    wait_for(lambda: read_timings(store.runs_dir), "the timing of the first run")
    executor.warm_up()
    wait_for(lambda: executor.line().spare is not None, "a spare worker")
    executor.submit(digits_experiment(epochs=1))
    wait_for(lambda: len(read_timings(store.runs_dir)) == 2, "the timing of the second run")
    cold, warm = read_timings(store.runs_dir)
    assert (cold.warm, warm.warm) == (False, True)
    assert cold.task == warm.task == name_task(folder.experiment)
    assert cold.epoch == 0.5


def test_the_line_holds_what_is_under_way_and_what_waits(store, executor):
    endless, waiting = executor.submit(digits_experiment(epochs=1000)), executor.submit(digits_experiment(epochs=3))
    wait_for_first_epoch(store, endless)
    line = executor.line()
    assert line.capacity == 1
    assert list(line.running) == [endless.id]
    assert {run_id: one.training.epochs for run_id, one in line.waiting.items()} == {waiting.id: 3}
    executor.stop(endless.id)
