import pytest

from cnn_core import RECIPES, find_recipe
from cnn_core.errors import SpecError

# optimizer, learning rate, loss, batch size, epochs, input scaling, data format; published result
PUBLISHED = {
    "R1": ("Adam", 1e-4, "categorical_crossentropy", 64, 1, "unit", "channels_first", None),
    "R2": ("RMSprop", 1e-3, "categorical_crossentropy", 64, 5, "unit", "channels_last", 0.9913),
    "R3": ("SGD", 0.05, "mse", 100, 12, "raw", "channels_last", 0.9862),
    "R4": ("Adam", 1e-4, "categorical_crossentropy", 32, 1, "unit", "channels_first", None),
    "R5": ("Adam", 1e-3, "categorical_crossentropy", 32, 5, "raw", "channels_last", 0.9706),
}
IDS = {
    "R1": "two-conv-5x5",
    "R2": "three-conv-3x3-valid",
    "R3": "three-conv-3x3-same",
    "R4": "two-conv-5x5-batch32",
    "R5": "two-conv-no-pooling",
    "LeNet-5": "lenet-5",
    "Dense": "dense-baseline",
    "Speed": "speed-99",
    "Hand": "handwriting",
}


@pytest.mark.parametrize("short", PUBLISHED)
def test_a_recipe_has_the_training_settings_of_its_article(short):
    recipe = find_recipe(short)
    training, architecture = recipe.experiment.training, recipe.experiment.architecture
    assert (
        training.optimizer.kind,
        training.learning_rate,
        training.loss,
        training.batch_size,
        training.epochs,
        training.input_scaling,
        architecture.data_format,
        recipe.published,
    ) == PUBLISHED[short]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_a_recipe_learns_mnist_from_all_training_images_with_the_common_seed(recipe):
    experiment = recipe.experiment
    assert experiment.dataset == "mnist"
    assert experiment.architecture.input_shape == (28, 28, 1)
    assert experiment.training.validation_split == 0
    assert experiment.training.seed == 1337


def test_r1_and_r4_differ_only_in_batch_size():
    r1, r4 = find_recipe("R1").experiment, find_recipe("R4").experiment
    assert r1.architecture.layers == r4.architecture.layers
    assert r1.with_training(batch_size=32).training == r4.training


@pytest.mark.parametrize(("short", "recipe_id"), IDS.items())
def test_a_recipe_is_found_by_id_and_by_short_name_in_any_case(short, recipe_id):
    for name in (short, short.lower(), recipe_id, recipe_id.upper(), f" {short} "):
        assert find_recipe(name).id == recipe_id


def test_an_experiment_records_its_recipe():
    assert {recipe.experiment.recipe for recipe in RECIPES} == set(IDS.values())


def test_an_unknown_recipe_error_lists_the_recipes():
    with pytest.raises(SpecError, match=r"'R9'.*R1 \(two-conv-5x5\).*dense-baseline"):
        find_recipe("R9")
