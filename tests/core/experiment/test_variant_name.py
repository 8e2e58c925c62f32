"""What a changed experiment is called by default."""

import pytest

from cnn_core import find_recipe
from cnn_core.experiment.starters import STARTERS
from cnn_core.experiment.variant_name import LONGEST, name_variant

R2 = find_recipe("R2").experiment
COSINE = {"kind": "cosine"}
SGD = {"kind": "SGD"}


def rebuilt(change, experiment=R2):
    return experiment.model_copy(update={"architecture": change(experiment.architecture)})


def with_dropout(experiment=R2):
    return rebuilt(lambda spec: spec.insert_layer(6, "Dropout"), experiment)


def with_kernels(*names):
    experiment = R2
    for name in names:
        experiment = rebuilt(lambda spec, name=name: spec.replace_layer(name, kernel_size=5), experiment)
    return experiment


@pytest.mark.parametrize(
    ("experiment", "name"),
    [
        (with_dropout(), "R2 + Dropout"),
        (with_dropout().with_training(schedule=COSINE), "R2 + Dropout, cosine"),
        (with_kernels("conv1", "conv2", "conv3"), "R2, 5×5 kernels"),
        (with_kernels("conv2"), "R2, conv2 5×5 kernels"),
        (rebuilt(lambda spec: spec.remove_layer("pool2")), "R2, without MaxPooling2D"),
        (rebuilt(lambda spec: spec.move_layer("pool2", 0)), "R2, another order"),
        (R2.with_training(epochs=2), "R2, 2 epochs"),
        (R2.with_training(epochs=1), "R2, 1 epoch"),
        (R2.with_training(optimizer=SGD, learning_rate=0.01), "R2, SGD"),  # the rate came along
        (R2.with_training(optimizer=SGD, learning_rate=0.1, epochs=9), "R2, SGD, rate 0.1, 1 more"),
        (STARTERS["small-vgg"].with_training(batch_size=32), "small-vgg, batches of 32"),
    ],
)
def test_a_variant_is_named_after_what_was_changed(experiment, name):
    assert name_variant(experiment).name == name
    assert name_variant(experiment).fingerprint == experiment.fingerprint


@pytest.mark.parametrize("name", STARTERS)
def test_dataset_and_seed_do_not_change_the_name(name):
    for dataset in ("mnist", "digits", "cifar10"):
        experiment = STARTERS[name].on_dataset(dataset).with_training(seed=7)
        assert name_variant(experiment) == experiment


def test_the_precision_chosen_by_the_machine_does_not_change_the_name():
    quick = find_recipe("Speed").suited_to("mixed_bfloat16")
    assert name_variant(quick) == quick


def test_a_user_given_name_is_kept():
    mine = with_dropout().model_copy(update={"name": "Mine"})
    assert name_variant(mine).name == "Mine"


def test_a_variant_of_a_variant_gets_a_new_name():
    named = name_variant(with_dropout())
    assert name_variant(named.with_training(schedule=COSINE)).name == "R2 + Dropout, cosine"
    assert name_variant(named.model_copy(update={"architecture": R2.architecture})) == R2


def test_too_many_changes_become_a_count():
    spoken = {"kernel_initializer": "random_normal", "activation": "leaky_relu"}
    experiment = rebuilt(lambda spec: spec.replace_layer("conv1", **spoken)).with_training(epochs=9)
    assert len("R2, conv1 leaky_relu, conv1 kernel initializer random_normal, 1 more") > LONGEST
    assert name_variant(experiment).name == "R2, changed (3)"
