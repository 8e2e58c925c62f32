"""Augmentation layers at the front of a network: put there, read back, replaced, never twice."""

import random
from itertools import product

import pytest
from pydantic import ValidationError
from random_networks import random_network

from cnn_core import ArchitectureSpec, find_recipe
from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.augmentation import (
    Augmentation,
    augmentation_layers,
    read_augmentation,
    with_augmentation,
)
from cnn_core.architecture.layers import AUGMENTATION, Dense, Flatten, RandomFlip, RandomRotation, RandomZoom
from cnn_core.architecture.repair import find_problem

R2 = find_recipe("R2").experiment.architecture
OFF = Augmentation()
ALL = Augmentation(shift=0.1, rotation=0.05, zoom=0.2, flip="horizontal")


def random_augmentation(rng):
    numbers = {name: rng.choice((0, round(rng.random(), 2))) for name in ("shift", "rotation", "zoom")}
    return Augmentation(flip=rng.choice(("none", "horizontal", "vertical", "horizontal_and_vertical")), **numbers)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_put_at_the_front_of_any_network_is_read_back_and_the_rest_stays(seed):
    rng = random.Random(seed)
    spec, first, second = random_network(rng), random_augmentation(rng), random_augmentation(rng)
    once = with_augmentation(spec, first)
    twice = with_augmentation(once, second)
    for changed, wanted in ((once, first), (twice, second)):
        assert read_augmentation(changed) == wanted
        front = augmentation_layers(changed)
        assert len({type(layer) for layer in front}) == len(front)
        assert changed.layers[len(front) :] == spec.layers[len(augmentation_layers(spec)) :]
    assert not augmentation_layers(with_augmentation(with_augmentation(twice, ALL), OFF))


def test_nothing_changes_in_a_network_that_has_it_already():
    twice_turned = R2.with_layers([RandomRotation(factor=0.1), RandomRotation(factor=0.3), *R2.layers])
    assert with_augmentation(R2, OFF) is R2
    assert with_augmentation(twice_turned, read_augmentation(twice_turned)) is twice_turned


def test_of_two_layers_of_one_kind_one_is_left_as_soon_as_a_knob_is_turned():
    twice_turned = R2.with_layers([RandomRotation(factor=0.1), RandomRotation(factor=0.3), *R2.layers])
    assert read_augmentation(twice_turned) == Augmentation(rotation=0.1)
    changed = with_augmentation(twice_turned, Augmentation(rotation=0.1, zoom=0.2))
    assert [(layer.kind, layer.factor) for layer in augmentation_layers(changed)] == [
        ("RandomRotation", 0.1),
        ("RandomZoom", 0.2),
    ]


def test_layers_that_were_there_keep_their_names_and_their_order():
    spec = R2.with_layers([RandomZoom(name="nearer", factor=0.1), RandomFlip(name="mirror"), *R2.layers])
    changed = with_augmentation(spec, Augmentation(shift=0.2, zoom=0.3, flip="vertical"))
    assert [layer.name for layer in augmentation_layers(changed)] == ["nearer", "mirror", "shift1"]
    assert changed.layers[0].factor == 0.3
    assert changed.layers[1].mode == "vertical"


def test_each_knob_brings_its_own_layer_and_only_when_it_is_on():
    for on in product((False, True), repeat=4):
        wanted = Augmentation(
            **{n: getattr(ALL, n) for n, is_on in zip(Augmentation.model_fields, on, strict=True) if is_on}
        )
        kinds = [layer.kind for layer in augmentation_layers(with_augmentation(R2, wanted))]
        names = ("RandomTranslation", "RandomRotation", "RandomZoom", "RandomFlip")
        assert kinds == [name for name, is_on in zip(names, on, strict=True) if is_on]
        assert wanted.is_off == (not kinds)


def test_an_augmented_recipe_is_still_a_network_that_can_be_trained_with_the_same_parameters():
    changed = with_augmentation(R2, ALL)
    assert find_problem(changed) is None
    assert compute_anatomy(changed).parameters == compute_anatomy(R2).parameters


def test_augmentation_further_in_is_none_of_these_knobs_business():
    late = ArchitectureSpec(layers=(Flatten(), RandomFlip(), Dense(units=10, activation="softmax")))
    assert read_augmentation(late) == OFF
    assert len([x for x in with_augmentation(late, ALL).layers if isinstance(x, AUGMENTATION)]) == 5


def test_a_network_of_augmentation_alone_keeps_a_layer():
    with pytest.raises(ValidationError):
        with_augmentation(ArchitectureSpec(layers=(RandomFlip(),)), OFF)


@pytest.mark.parametrize("wrong", [{"shift": -0.1}, {"rotation": 1.5}, {"zoom": 2}, {"flip": "diagonal"}], ids=str)
def test_a_knob_out_of_its_layers_range_is_refused(wrong):
    with pytest.raises(ValidationError):
        Augmentation.model_validate(wrong)
