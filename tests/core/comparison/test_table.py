"""The facts of contenders against sums done by hand, and the files made of them."""

import csv
import io

import numpy as np
import pytest
from many_runs import own_contenders, write_run

from cnn_core import RunStore, find_recipe
from cnn_core.comparison import find_contender, group_runs
from cnn_core.comparison.facts import FIGURES, FIRST_FIGURES, find_time_to, read_figures
from cnn_core.comparison.table import describe, differs, format_csv, format_markdown, list_all, read_settings

R2, R5 = (find_recipe(name).experiment for name in ("R2", "R5"))
RISING = [[0.965, 0.975, 0.984], [0.975, 0.981, 0.982], [0.969, 0.979, 0.979]]


@pytest.fixture
def pair(tmp_path):
    """R2 with three seeds of three epochs, R5 with one."""
    for index, accuracies in enumerate(RISING):
        write_run(tmp_path, index, R2.with_training(seed=index), accuracies, seconds=10.0 + index)
    write_run(tmp_path, 9, R5, [0.95], seconds=4.0)
    return own_contenders(tmp_path)


def test_accuracy_is_mean_and_spread_of_the_repeats(pair):
    cell, last = read_figures(pair[0])["test_accuracy"], [run[-1] for run in RISING]
    assert cell.value == pytest.approx(np.mean(last))
    assert cell.parts["spread"] == pytest.approx(np.std(last, ddof=1))
    assert cell.shown == "98.17 ± 0.25 %"
    assert read_figures(pair[1])["test_accuracy"].shown == "95.00 %"


def test_the_interval_states_what_it_covers(pair):
    assert [read_figures(one)["interval"].parts["of"] for one in pair] == ["seeds", "images"]


def test_times_are_medians_with_the_number_of_repeats(pair):
    figures = read_figures(pair[0])
    assert figures["epoch_time"].value == 11.0
    assert figures["time_to_97"].value == np.median([20.0, 11.0, 24.0])
    assert figures["time_to_98"].value == np.median([30.0, 22.0])
    assert figures["time_to_98"].shown.endswith("(2 / 3)")
    assert figures["time_to_99"].value is None


def test_the_time_to_a_target_is_that_of_the_first_epoch_to_reach_it(pair):
    assert find_time_to(pair[0].runs[0], 0.975) == 20.0
    assert find_time_to(pair[0].runs[0], 0.9999) is None


def test_times_of_bundled_runs_are_marked(tmp_path):
    def read():
        found = find_contender(group_runs(RunStore(tmp_path).list_runs().runs), find_recipe("R2").id)
        return read_figures(found)["epoch_time"]

    bundled = read()
    assert bundled.shown.endswith("(another machine)")
    write_run(tmp_path, 0, R2.with_training(seed=3), [0.9], seconds=123.0)
    assert (read().value, read().shown, read().parts["machine"]) == (123.0, "2:03 min", "this machine")
    assert bundled.value != 123.0


def test_best_and_last_are_of_the_monitored_set(pair):
    figures = read_figures(pair[0])
    assert figures["best_accuracy"].value == pytest.approx(np.mean([max(run) for run in RISING]))
    assert figures["last_accuracy"].value == pytest.approx(np.mean([run[-1] for run in RISING]))


def test_a_contender_without_epochs_has_dashes(tmp_path):
    write_run(tmp_path, 0, R2, [], ended=False)
    (begun,) = own_contenders(tmp_path)
    figures = read_figures(begun)
    assert figures["repeats"].shown == "0 / 1"
    empty = set(FIGURES) - {"repeats", "parameters", "macs", "layers"}
    assert {name for name, cell in figures.items() if cell.shown == "–"} == empty


def test_the_default_columns_are_a_subset_of_all():
    assert set(FIRST_FIGURES) < set(FIGURES)


def test_settings_list_every_chosen_value_and_seed(pair):
    first, second = map(read_settings, pair)
    assert first["seeds"] == "0, 1, 2"
    assert first["network"].startswith("Conv2D 32 3×3 relu · MaxPooling2D 2 · Conv2D 64")
    different = {name for name in first if differs([first[name], second[name]])}
    assert different == {"network", "optimizer", "batch_size", "input_scaling", "seeds"}


def test_an_optimizer_argument_is_shown_where_it_is_not_the_default(tmp_path):
    tuned = R2.with_training(optimizer={"kind": "SGD", "momentum": 0.9}, schedule={"kind": "step", "every": 3})
    write_run(tmp_path, 0, tuned, [0.9])
    (one,) = own_contenders(tmp_path)
    settings = read_settings(one)
    assert settings["optimizer"] == "SGD (momentum 0.9)"
    assert settings["schedule"] == "step (every 3)"


def test_csv_has_plain_numbers_and_every_column(pair):
    lines = list(csv.DictReader(io.StringIO(format_csv(pair, ["one", "=two"]))))
    assert [line["name"] for line in lines] == ["one", "'=two"]  # no formula for a spreadsheet
    assert float(lines[0]["test_accuracy"]) == pytest.approx(np.mean([run[-1] for run in RISING]))
    assert lines[0]["repeats_planned"] == "3"
    assert lines[1]["time_to_98"] == ""
    assert set(read_settings(pair[0])) < set(lines[0])


def test_markdown_has_one_row_per_fact_and_marks_differences(pair):
    lines = format_markdown(pair, ["a|b", "c"], {"optimizer": "Optimizer"}).splitlines()
    assert lines[0] == "|  | a\\|b | c |"
    assert "| Optimizer ≠ | RMSprop | Adam |" in lines
    assert any(line.startswith("| dataset | mnist | mnist |") for line in lines)
    assert len(lines) == 2 + len(list_all(pair))


def test_plain_data_names_every_run(pair):
    assert describe(pair[0])["runs"] == [run.id for run in pair[0].runs]
