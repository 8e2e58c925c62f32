"""Which runs the list shows, and in which order."""

import dataclasses
from dataclasses import replace

import pytest

from cnn_core import RunStore, find_recipe
from cnn_core.runs.labels import Labels
from ui.runs.filter import Filter, select_runs
from ui.runs.sizes import Sizes, format_size


@pytest.fixture
def runs(tmp_path):
    """Three runs: a good one that was stopped, a bad one that broke, and one without figures."""
    store = RunStore(tmp_path)
    blank = store.find(store.create(find_recipe("R5").experiment.on_dataset("digits")).id)

    def make(name, state, accuracy, seconds, **labels):
        result = None if accuracy is None else {"test_accuracy": accuracy, "seconds": seconds}
        history = dataclasses.replace(blank.history, result=result)
        return replace(blank, state=state, history=history, labels=Labels(name=name, **labels))

    return [
        make("Wide first layer", "stopped", 0.95, 10.0, tags=("wide",), note="Good at first.", star=True),
        make("Narrow", "interrupted", 0.80, 99.0, note="as WIDE as R5"),
        make("Empty", "failed", None, None),
    ]


def names(runs, size_of=lambda run: 0, **chosen):
    return [run.name for run in select_runs(runs, Filter(**chosen), size_of)]


ALL = ["Wide first layer", "Narrow", "Empty"]


def test_without_filters_all_runs_are_shown(runs):
    assert names(runs) == ALL


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("wide", ["Wide first layer", "Narrow"]),
        ("FIRST", ["Wide first layer"]),
        ("r5", ["Narrow"]),
        ("wide good", ["Wide first layer"]),
        ("good narrow", []),
        ("  ", ALL),
        ("digits", []),
    ],
)
def test_every_search_word_must_match_name_tags_or_note(runs, words, found):
    assert names(runs, words=words) == found


def test_state_dataset_and_star_narrow_the_list(runs):
    assert names(runs, state="broken") == ["Narrow", "Empty"]
    assert names(runs, state="stopped") == ["Wide first layer"]
    assert names(runs, state="completed") == []
    assert names(runs, dataset="digits") == ALL
    assert names(runs, dataset="mnist") == []
    assert names(runs, starred=True) == ["Wide first layer"]
    assert names(runs, starred=True, state="broken") == []


def test_runs_without_a_value_are_sorted_last(runs):
    wide, narrow, empty = ALL
    assert names(runs[::-1], order="accuracy") == [wide, narrow, empty]
    assert names(runs, order="duration") == [narrow, wide, empty]
    assert names(runs, size_of=lambda run: len(run.name), order="size") == [wide, narrow, empty]


def test_a_folder_is_measured_again_only_after_a_write(tmp_path, monkeypatch):
    store = RunStore(tmp_path)
    folder = store.create(find_recipe("R5").experiment.on_dataset("digits"))
    sizes, run = Sizes(), store.find(folder.id)

    def on_disk():
        return sum(path.stat().st_size for path in folder.path.rglob("*") if path.is_file())

    assert not sizes.knows(run)
    assert sizes.of(run) == on_disk()
    assert sizes.knows(run)
    (folder.path / "model.keras").write_bytes(bytes(5000))
    assert sizes.of(store.find(folder.id)) == on_disk() > 5000
    folder.writer().emit("state", state="stopped")
    assert not sizes.knows(store.find(folder.id))
    assert sizes.of(store.find(folder.id)) == on_disk()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0.0 MB"),
        (1_800_000, "1.8 MB"),
        (9_940_000, "9.9 MB"),
        (9_960_000, "10 MB"),
        (410_000_000, "410 MB"),
        (1_230_000_000, "1.2 GB"),
        (120_000_000_000, "120 GB"),
    ],
)
def test_sizes_have_two_or_three_digits(size, words):
    assert format_size(size) == words
