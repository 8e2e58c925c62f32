import pytest

from cnn_core import RECIPES, RunStore, find_recipe
from cnn_core.evaluation.reproduction import compare_with_published, find_measured, format_markdown


@pytest.fixture
def bundled(store):
    return store.list_runs().runs


def finish(store, experiment, accuracy, state="completed"):
    folder = store.create(experiment)
    writer = folder.writer()
    writer.emit("result", test_loss=0.1, test_accuracy=accuracy, seconds=12.3)
    writer.emit("state", state=state)
    return folder


def row_of(store, short):
    rows = compare_with_published(RunStore(store.runs_dir).list_runs().runs)
    return next(row for row in rows if row.recipe.short == short)


def test_there_is_one_row_per_recipe_in_order(bundled):
    assert [row.recipe for row in compare_with_published(bundled)] == list(RECIPES)


def test_without_runs_there_are_no_measured_figures():
    assert [row.measured for row in compare_with_published([])] == [None] * len(RECIPES)


def test_the_bundled_runs_measure_every_recipe(bundled):
    for row in compare_with_published(bundled):
        assert row.measured is not None
        assert row.seconds > 0


@pytest.mark.parametrize("short", ["R2", "R3", "R5"])
def test_measured_figures_are_close_to_the_published_ones(bundled, short):
    row = next(row for row in compare_with_published(bundled) if row.recipe.short == short)
    assert row.measured == pytest.approx(row.recipe.published, abs=0.007)


def test_a_users_repeat_of_a_recipe_precedes_the_bundled_run(store):
    finish(store, find_recipe("R2").experiment.with_training(seed=1), 0.5)
    assert row_of(store, "R2").measured == 0.5


@pytest.mark.parametrize(
    "experiment",
    [
        find_recipe("R2").experiment.with_training(epochs=1),
        find_recipe("R2").experiment.on_dataset("digits"),
        find_recipe("R2").experiment.on_dataset("fashion_mnist"),
    ],
    ids=["fewer epochs", "digits", "fashion"],
)
def test_a_changed_recipe_does_not_count(store, experiment):
    finish(store, experiment, 0.5)
    assert row_of(store, "R2").measured > 0.9


def test_a_users_own_run_represents_a_recipe_before_the_bundled_one(store, bundled):
    recipe = find_recipe("R2")
    assert find_measured(recipe, bundled).bundled
    finish(store, recipe.experiment.with_training(epochs=1), 0.5)
    own = finish(store, recipe.experiment, 0.5)
    assert find_measured(recipe, RunStore(store.runs_dir).list_runs().runs).id == own.id
    assert find_measured(recipe, []) is None


@pytest.mark.parametrize("state", ["stopped", "failed", "interrupted", "queued"])
def test_a_run_that_was_not_completed_does_not_count(store, state):
    finish(store, find_recipe("R2").experiment, 0.5, state)
    assert row_of(store, "R2").measured > 0.9


def test_the_table_has_one_line_per_recipe_and_dashes_for_unknown_values():
    lines = format_markdown(compare_with_published([])).splitlines()
    assert len(lines) == 2 + len(RECIPES)
    assert len({line.count("|") for line in lines}) == 1
    assert lines[3] == "| R2 | three-conv-3x3-valid | — | 5 | 0.9913 | — | — |"


def test_the_table_shows_published_next_to_measured_figures(store):
    finish(store, find_recipe("R2").experiment, 0.98765)
    row = row_of(store, "R2")
    assert "| R2 | three-conv-3x3-valid | 93,322 | 5 | 0.9913 | 0.9877 | 12 |" in format_markdown([row])
