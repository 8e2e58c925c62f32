import pytest

from cnn_core import RECIPES, RunStore, find_recipe
from cnn_core.evaluation.published_comparison import compare_run_with_published
from cnn_core.experiment.published import published_epochs, published_test_loss


def figures_of(run):
    return {f.name: (f.published, f.measured) for f in compare_run_with_published(run).figures}


def test_published_figures_are_complete_and_belong_to_recipes():
    assert {*published_epochs, *published_test_loss} <= {recipe.id for recipe in RECIPES}
    for recipe, epochs in published_epochs.items():
        planned = find_recipe(recipe).experiment.training.epochs
        assert len(epochs.accuracy) == len(epochs.loss) == len(epochs.seconds) == planned
        assert all(0 < accuracy < 1 for accuracy in epochs.accuracy)
        assert list(epochs.loss) == sorted(epochs.loss, reverse=True)


def test_r3_is_compared_in_four_figures(store):
    figures = figures_of(store.find("R3"))
    assert list(figures) == ["test_accuracy", "test_loss", "train_accuracy", "train_loss"]
    for published, measured in figures.values():
        assert measured == pytest.approx(published, rel=0.15)


def test_a_bundled_run_has_the_settings_of_its_recipe(store):
    assert compare_run_with_published(store.find("R2")).unchanged


def test_a_recipe_without_a_number_has_a_note_instead(store):
    comparison = compare_run_with_published(store.find("R1"))
    assert comparison.figures == ()
    assert comparison.recipe.published_note


def test_changed_settings_are_listed(store):
    changed = find_recipe("R2").experiment.with_training(batch_size=128)
    run = store.find(store.create(changed).id)
    comparison = compare_run_with_published(run)
    assert not comparison.unchanged
    assert [figure.measured for figure in comparison.figures] == [None]


def test_other_datasets_and_own_designs_have_no_published_figures(store, tiny_experiment):
    for experiment in (find_recipe("R2").experiment.on_dataset("digits"), tiny_experiment):
        run = RunStore(store.runs_dir).find(store.create(experiment).id)
        assert compare_run_with_published(run) is None
