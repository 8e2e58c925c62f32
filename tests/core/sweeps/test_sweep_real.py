"""Sweeps through the real engine: four trials here, and one from the command line in a worker process."""

import json

import pytest
from click.testing import CliRunner
from small_runs import events_of
from sweep_specs import BASE, OPTIMIZER, RATE, filters, rate, spec

from cnn_core import LocalExecutor, RunStore, train_run
from cnn_core.cli import main
from cnn_core.sweeps import SweepDriver, create_sweep, read_sweep


class ExecutorHere(LocalExecutor):
    """Trains in this process, which has TensorFlow loaded already."""

    def _start(self, folder, owner):
        train_run(folder)
        return True


def test_the_best_of_four_real_trials_matches_the_runs(store):
    folder = create_sweep(store.runs_dir, spec(rate(low=0.001, high=0.1), filters(), trials=4))
    SweepDriver(folder, store, ExecutorHere(store, capacity=1), poll_s=0.01).drive()
    record = read_sweep(folder)
    assert record.state == "completed", record.reason
    assert record.counts == {"done": 4}
    for trial in record.trials:
        run = store.find(trial.run)
        assert run.state == "completed"
        assert run.history.plan.watched == "validation"
        assert run.experiment.training.learning_rate == trial.values[RATE]
        assert trial.score == events_of(run.folder, "epoch")[-1]["val_accuracy"]
        assert trial.test_accuracy == run.history.test_accuracy
    assert record.best.score == max(trial.score for trial in record.trials)


def run_sweep(*arguments):
    outcome = CliRunner().invoke(main, ["sweep", *map(str, arguments)])
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exc_info
    return outcome


def test_the_sweep_command_prints_one_json_object(tmp_path):
    file, runs_dir = tmp_path / "sweep.json", tmp_path / "runs"
    knobs = [{"path": OPTIMIZER, "choices": ["Adam"]}]
    base = {"experiment": json.loads(BASE.model_dump_json())}
    file.write_text(json.dumps({"base": base, "knobs": knobs, "method": "grid", "epochs": 1}))
    outcome = run_sweep(file, "--runs-dir", runs_dir, "--json")
    assert outcome.exit_code == 0, outcome.output
    told = json.loads(outcome.stdout)
    runs = [run for run in RunStore(runs_dir).list_runs().runs if not run.bundled]
    assert told["trials"] == {"done": 1}
    assert {run.folder.facts.sweep for run in runs} == {told["sweep"]}
    assert told["best"]["run"] in {run.id for run in runs}
    assert {run.state for run in runs} == {"completed"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not valid JSON"),
        ('{"base": {"recipe": "R5"}, "knobs": []}', "knobs"),
        ('{"base": {"recipe": "R9"}, "knobs": [{"path": "training.loss", "choices": ["mse"]}]}', "'R9'"),
        ('{"base": {"recipe": "R5"}, "knobs": [{"path": "training.los", "choices": ["mse"]}]}', "'training.los'"),
    ],
)
def test_an_invalid_sweep_file_is_one_error_sentence(tmp_path, content, words):
    file = tmp_path / "sweep.json"
    file.write_text(content)
    outcome = run_sweep(file, "--runs-dir", tmp_path / "runs")
    assert outcome.exit_code == 1
    assert outcome.stderr.startswith("Error: ")
    assert words in outcome.stderr
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("name", "words"), [("missing.json", "docs/sweeps.md"), ("some-id", "no sweep called")])
def test_missing_files_and_unknown_sweeps_are_errors(tmp_path, name, words):
    outcome = run_sweep(tmp_path / name if name.endswith("json") else name, "--runs-dir", tmp_path / "runs")
    assert outcome.exit_code == 1
    assert words in outcome.stderr
