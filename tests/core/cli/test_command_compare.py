"""`compare`: what it prints in each form, and what it refuses."""

import csv
import io
import json
import sys

import pytest
from many_runs import write_run

from cnn_core import RunStore, find_recipe

R2 = find_recipe("R2").experiment


@pytest.fixture
def runs_dir(tmp_path):
    """Two further seeds of R2 and three of a worse one."""
    for index in range(2):
        write_run(tmp_path, index, R2.with_training(seed=index), [0.9911 + index / 10_000])
    worse = R2.with_training(epochs=1)
    for index in range(2, 5):
        write_run(tmp_path, index, worse.with_training(seed=index), [0.97 + index / 10_000])
    return tmp_path


def test_two_recipes_come_with_a_verdict_and_all_facts(run_command):
    outcome = run_command("compare", "R2", "r5")
    assert outcome.exit_code == 0
    assert "R2 three convolutions, 3×3 valid is better than R5" in outcome.stdout
    assert "no word on other seeds" in outcome.stdout
    assert "test accuracy ≠" in outcome.stdout


def test_naming_one_run_includes_all_its_repeats(run_command, runs_dir):
    worse = RunStore(runs_dir).find("20240101-000000-run-000004").id
    told = json.loads(run_command("compare", "R2", worse, "--runs-dir", runs_dir, "--format", "json").stdout)
    assert [len(one["runs"]) for one in told["contenders"]] == [3, 3]
    assert (told["verdict"]["outcome"], told["verdict"]["basis"]) == ("better", "seeds")


def test_csv_output_is_only_the_table(run_command):
    outcome = run_command("compare", "R2", "R5", "R3", "--format", "csv")
    assert len(list(csv.DictReader(io.StringIO(outcome.stdout)))) == 3
    assert "is better than" in outcome.stderr


def test_markdown_starts_with_the_verdict(run_command):
    lines = run_command("compare", "R2", "R5", "--format", "markdown").stdout.splitlines()
    assert "is better than" in lines[0]
    assert lines[3].startswith("|---|")


def test_contenders_with_the_same_name_are_distinguished_by_id(run_command, runs_dir):
    outcome = run_command("compare", "R2", "20240101-000000-run-000004", "--runs-dir", runs_dir)
    assert "(20240101-000000-run-000002)" in outcome.stdout


def test_comparing_a_single_run_is_rejected(refuses):
    refuses("compare", "R2", words=["at least two"])


def test_comparing_repeats_of_one_experiment_is_rejected(refuses, runs_dir):
    names = [f"20240101-000000-run-00000{index}" for index in range(2)]
    refuses("compare", *names, "--runs-dir", runs_dir, words=["repeats of one experiment"])


def test_an_unknown_run_is_an_error_that_lists_the_runs(refuses):
    refuses("compare", "R2", "R9", words=["R9", "lenet-5"])


def test_comparing_no_runs_is_rejected(refuses):
    refuses("compare", words=["RUN"], code=2)


def test_compare_runs_without_tensorflow(monkeypatch, run_command):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert run_command("compare", "R2", "R5").exit_code == 0
