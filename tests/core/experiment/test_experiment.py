import pytest
from pydantic import ValidationError

from cnn_core import RECIPES, Experiment, find_recipe
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import NewerVersion, SpecError

EXPERIMENT = find_recipe("R2").experiment


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_a_recipe_experiment_round_trips_through_json(recipe):
    assert Experiment.model_validate_json(recipe.experiment.model_dump_json()) == recipe.experiment


@pytest.mark.parametrize("where", [(), ("training",), ("architecture",)])
def test_extra_fields_are_rejected_at_every_depth(where):
    data = EXPERIMENT.model_dump(mode="json")
    part = data
    for key in where:
        part = part[key]
    part["surprise"] = 1
    with pytest.raises(ValidationError, match="surprise"):
        Experiment.model_validate(data)


def test_a_newer_version_is_named_as_newer():
    with pytest.raises(NewerVersion, match="newer CNN Lab"):
        Experiment.model_validate(EXPERIMENT.model_dump(mode="json") | {"version": 99})


@pytest.mark.parametrize("where", [("training",), ("architecture",)])
def test_an_unknown_version_is_rejected_at_every_depth(where):
    data = EXPERIMENT.model_dump(mode="json")
    part = data
    for key in where:
        part = part[key]
    part["version"] = 2
    with pytest.raises(ValidationError, match="version"):
        Experiment.model_validate(data)


def test_an_unknown_dataset_is_rejected():
    with pytest.raises(ValidationError, match="dataset"):
        Experiment.model_validate(EXPERIMENT.model_dump() | {"dataset": "imagenet"})


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_input_shape_follows_the_dataset(dataset):
    moved = EXPERIMENT.on_dataset(dataset)
    assert moved.dataset == dataset
    assert moved.architecture.input_shape == DATASETS[dataset].image_shape
    assert moved.architecture.layers == EXPERIMENT.architecture.layers


def test_with_training_changes_only_the_given_fields():
    changed = EXPERIMENT.with_training(epochs=2)
    assert changed.training.epochs == 2
    assert changed.training.model_copy(update={"epochs": EXPERIMENT.training.epochs}) == EXPERIMENT.training
    assert changed.architecture == EXPERIMENT.architecture


@pytest.mark.parametrize(
    "change", [{"epochs": 0}, {"learning_rate": 0}, {"batch_size": 0}, {"optimizer": "lion"}, {"momentum": 0.9}]
)
def test_a_training_value_out_of_range_is_an_error_naming_the_field(change):
    with pytest.raises(SpecError, match=next(iter(change))):
        EXPERIMENT.with_training(**change)


def test_a_fingerprint_ignores_name_recipe_and_seed():
    repeat = EXPERIMENT.with_training(seed=9).model_copy(update={"name": "again", "recipe": None})
    assert repeat.fingerprint == EXPERIMENT.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        EXPERIMENT.with_training(epochs=6),
        EXPERIMENT.with_training(input_scaling="raw"),
        EXPERIMENT.on_dataset("digits"),
        EXPERIMENT.model_copy(update={"architecture": EXPERIMENT.architecture.replace_layer("conv1", filters=31)}),
    ],
    ids=["epochs", "scaling", "data set", "architecture"],
)
def test_different_experiments_have_different_fingerprints(other):
    assert other.fingerprint != EXPERIMENT.fingerprint


def test_all_recipes_have_unique_fingerprints():
    assert len({recipe.experiment.fingerprint for recipe in RECIPES}) == len(RECIPES)
