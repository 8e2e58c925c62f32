from math import prod

import pytest

from cnn_core import RECIPES, build_model, compute_anatomy
from cnn_core.architecture.repair import find_problem
from cnn_core.experiment.starters import STARTERS


def test_recipes_come_first_under_their_ids():
    assert list(STARTERS)[: len(RECIPES)] == [recipe.id for recipe in RECIPES]
    assert list(STARTERS)[len(RECIPES) :] == [
        *("small-vgg", "small-resnet", "all-convolutional", "tiny-for-a-phone", "from-nothing"),
    ]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", STARTERS)
def test_starters_match_keras(name, data_format):
    spec = STARTERS[name].architecture.model_copy(update={"data_format": data_format})
    anatomy, model = compute_anatomy(spec), build_model(spec)
    assert anatomy.parameters == model.count_params()
    assert sum(row.non_trainable for row in anatomy.rows) == sum(prod(w.shape) for w in model.non_trainable_weights)
    assert (None, *anatomy.output_shape) == model.output_shape == (None, 10)


@pytest.mark.parametrize("dataset", ["mnist", "cifar10"])
@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_can_be_trained_unchanged(name, dataset):
    experiment = STARTERS[name].on_dataset(dataset)
    assert find_problem(experiment.architecture, 10, experiment.training.loss) is None


@pytest.mark.parametrize("name", STARTERS)
def test_a_starter_architecture_has_its_own_name(name):
    assert STARTERS[name].architecture.name == name


def test_the_mobile_starter_is_the_smallest_convolutional_one():
    sizes = {name: compute_anatomy(STARTERS[name].architecture).parameters for name in STARTERS}
    assert min(sizes, key=lambda name: sizes[name]) == "tiny-for-a-phone"
