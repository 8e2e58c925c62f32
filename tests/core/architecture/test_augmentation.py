"""Augmentation layers at the front of a network: put there, read back, replaced, never twice."""

import random
from itertools import product

import numpy as np
import pytest
from pydantic import ValidationError
from random_networks import random_network

from cnn_core import ArchitectureSpec, build_model, find_recipe
from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.augmentation import (
    Augmentation,
    augmentation_layers,
    read_augmentation,
    with_augmentation,
)
from cnn_core.architecture.layers import (
    LAYER_TYPES,
    Dense,
    Flatten,
    RandomAugmentation,
    RandomFlip,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
from cnn_core.architecture.repair import find_problem
from cnn_core.training.augmented import augment_images

R2 = find_recipe("R2").experiment.architecture
WITH_A_KNOB = (RandomTranslation, RandomRotation, RandomZoom, RandomFlip)
OFF = Augmentation()
ALL = Augmentation(shift=0.1, rotation=0.05, zoom=0.2, flip="horizontal")


def with_knobs(spec):
    return [layer for layer in augmentation_layers(spec) if isinstance(layer, WITH_A_KNOB)]


def without_knobs(spec):
    return [layer for layer in augmentation_layers(spec) if not isinstance(layer, WITH_A_KNOB)]


def random_augmentation(rng):
    numbers = {name: rng.choice((0, round(rng.random(), 2))) for name in ("shift", "rotation", "zoom")}
    return Augmentation(flip=rng.choice(("none", "horizontal", "vertical", "horizontal_and_vertical")), **numbers)


@pytest.mark.parametrize("seed", range(40))
def test_augmentation_settings_round_trip_and_leave_other_layers_unchanged(seed):
    rng = random.Random(seed)
    spec, first, second = random_network(rng), random_augmentation(rng), random_augmentation(rng)
    once = with_augmentation(spec, first)
    twice = with_augmentation(once, second)
    for changed, wanted in ((once, first), (twice, second)):
        assert read_augmentation(changed) == wanted
        front = augmentation_layers(changed)
        assert len({type(layer) for layer in with_knobs(changed)}) == len(with_knobs(changed))
        assert without_knobs(changed) == without_knobs(spec)
        assert changed.layers[len(front) :] == spec.layers[len(augmentation_layers(spec)) :]
    if len(spec.layers) > len(augmentation_layers(spec)):
        assert not with_knobs(with_augmentation(with_augmentation(twice, ALL), OFF))


def test_applying_the_same_augmentation_twice_changes_nothing():
    twice_turned = R2.with_layers([RandomRotation(factor=0.1), RandomRotation(factor=0.3), *R2.layers])
    assert with_augmentation(R2, OFF) is R2
    assert with_augmentation(twice_turned, read_augmentation(twice_turned)) is twice_turned


def test_duplicate_augmentation_layers_become_one_when_a_setting_changes():
    twice_turned = R2.with_layers([RandomRotation(factor=0.1), RandomRotation(factor=0.3), *R2.layers])
    assert read_augmentation(twice_turned) == Augmentation(rotation=0.1)
    changed = with_augmentation(twice_turned, Augmentation(rotation=0.1, zoom=0.2))
    assert [(layer.kind, layer.factor) for layer in augmentation_layers(changed)] == [
        ("RandomRotation", 0.1),
        ("RandomZoom", 0.2),
    ]


def test_existing_augmentation_layers_keep_their_names_and_order():
    spec = R2.with_layers([RandomZoom(name="nearer", factor=0.1), RandomFlip(name="mirror"), *R2.layers])
    changed = with_augmentation(spec, Augmentation(shift=0.2, zoom=0.3, flip="vertical"))
    assert [layer.name for layer in augmentation_layers(changed)] == ["nearer", "mirror", "shift1"]
    assert changed.layers[0].factor == 0.3
    assert changed.layers[1].mode == "vertical"


def test_an_augmentation_layer_without_a_setting_stays_in_place():
    spec = R2.with_layers([RandomShear(factor=0.3), RandomZoom(factor=0.1, stretch=0.4), *R2.layers])
    changed = with_augmentation(spec, Augmentation(zoom=0.2, rotation=0.1))
    assert [layer.kind for layer in augmentation_layers(changed)] == ["RandomShear", "RandomZoom", "RandomRotation"]
    assert changed.layers[:2] == (spec.layers[0], spec.layers[1].model_copy(update={"factor": 0.2}))


def test_each_augmentation_setting_adds_one_layer_only_when_enabled():
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


def test_augmentation_layers_inside_the_network_are_left_unchanged():
    late = ArchitectureSpec(layers=(Flatten(), RandomFlip(), Dense(units=10, activation="softmax")))
    assert read_augmentation(late) == OFF
    assert len([x for x in with_augmentation(late, ALL).layers if isinstance(x, RandomAugmentation)]) == 5


def test_a_network_of_only_augmentation_layers_keeps_one():
    with pytest.raises(ValidationError):
        with_augmentation(ArchitectureSpec(layers=(RandomFlip(),)), OFF)


@pytest.mark.parametrize("wrong", [{"shift": -0.1}, {"rotation": 1.5}, {"zoom": 2}, {"flip": "diagonal"}], ids=str)
def test_an_augmentation_setting_out_of_range_is_rejected(wrong):
    with pytest.raises(ValidationError):
        Augmentation.model_validate(wrong)


def test_a_saved_model_with_every_augmentation_loads_in_plain_keras(tmp_path):
    import keras

    kinds = [{"kind": kind} for kind, cls in LAYER_TYPES.items() if issubclass(cls, RandomAugmentation)]
    kinds[kinds.index({"kind": "RandomZoom"})]["stretch"] = 0.2
    spec = ArchitectureSpec.model_validate(
        {"layers": [*kinds, {"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]}
    )
    model = build_model(spec)
    model.save(tmp_path / "model.keras")
    pictures = np.random.default_rng(0).random((4, 28, 28, 1), dtype=np.float32)
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(again.predict(pictures, verbose=0), model.predict(pictures, verbose=0))


def test_random_shear_goes_both_ways_up_to_its_factor():
    bars = np.zeros((400, 28, 28, 1), np.uint8)
    bars[:, 10:18, 8:12] = 255
    slanted = augment_images(bars, R2.with_layers([RandomShear(factor=0.25), *R2.layers]))[..., 0] / 255
    columns = np.arange(28)
    top, bottom = ((slanted[:, row] * columns).sum(1) / slanted[:, row].sum(1) for row in (10, 17))
    lean = (bottom - top) / 7
    assert -0.26 < lean.min() < -0.22
    assert 0.22 < lean.max() < 0.26
    assert abs(lean.mean()) < 0.03
