import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from cnn_core import RECIPES, ArchitectureSpec
from cnn_core.architecture.layers import AveragePooling2D, Conv2D, Dense, Flatten, MaxPooling2D


def names(*layers):
    return [layer.name for layer in ArchitectureSpec(layers=layers).layers]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_a_recipe_architecture_round_trips_through_json(recipe):
    spec = recipe.experiment.architecture
    assert ArchitectureSpec.model_validate_json(spec.model_dump_json()) == spec


def test_unnamed_layers_are_named_by_type_and_number():
    assert names(Conv2D(), MaxPooling2D(), Conv2D(), AveragePooling2D(), Flatten(), Dense(), Dense()) == [
        *("conv1", "pool1", "conv2", "pool2", "flatten1", "dense1", "dense2"),
    ]


@given(st.lists(st.sampled_from(["", "", "conv1", "conv2", "pool1", "eyes"]), min_size=1, max_size=8))
def test_given_names_are_kept_and_generated_names_are_unique(given_names):
    assume(len([n for n in given_names if n]) == len({n for n in given_names if n}))
    layers = [(Conv2D, MaxPooling2D)[i % 2](name=name) for i, name in enumerate(given_names)]
    got = names(*layers)
    assert len(set(got)) == len(got)
    assert all(after == before for before, after in zip(given_names, got, strict=True) if before)
    assert all(got)


def test_duplicate_layer_names_are_rejected():
    with pytest.raises(ValidationError, match="Two layers are called 'eyes'"):
        ArchitectureSpec(layers=(Conv2D(name="eyes"), Conv2D(name="eyes")))


@pytest.mark.parametrize("name", ["two words", "a/b", "é", "x" * 41])
def test_a_name_that_keras_would_reject_or_change_is_rejected(name):
    with pytest.raises(ValidationError):
        Conv2D(name=name)


def test_extra_fields_of_an_architecture_are_rejected():
    with pytest.raises(ValidationError, match="depth"):
        ArchitectureSpec.model_validate({"layers": [{"kind": "Flatten"}], "depth": 3})


def test_extra_fields_of_a_layer_are_rejected():
    with pytest.raises(ValidationError, match="dilation"):
        ArchitectureSpec.model_validate({"layers": [{"kind": "Conv2D", "dilation": 2}]})


def test_an_unknown_layer_type_is_rejected():
    with pytest.raises(ValidationError, match="Lambda"):
        ArchitectureSpec.model_validate({"layers": [{"kind": "Lambda"}]})


def test_an_unknown_version_is_rejected():
    with pytest.raises(ValidationError, match="version"):
        ArchitectureSpec.model_validate({"version": 2, "layers": [{"kind": "Flatten"}]})


def test_a_network_without_layers_is_rejected():
    with pytest.raises(ValidationError):
        ArchitectureSpec(layers=())


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("Conv2D", "filters", 0),
        ("Conv2D", "kernel_size", 32),
        ("Conv2D", "strides", 0),
        ("Conv2D", "padding", "full"),
        ("Conv2D", "activation", "swish"),
        ("MaxPooling2D", "pool_size", 0),
        ("AveragePooling2D", "strides", 17),
        ("Dropout", "rate", 1.0),
        ("Dropout", "rate", -0.1),
        ("Dense", "units", 0),
    ],
)
def test_a_field_out_of_range_is_rejected(kind, field, value):
    with pytest.raises(ValidationError, match=field):
        ArchitectureSpec.model_validate({"layers": [{"kind": kind, field: value}]})


@pytest.mark.parametrize("input_shape", [(0, 28, 1), (28, 28), (28, 28, 65), (1025, 28, 1)])
def test_an_impossible_input_shape_is_rejected(input_shape):
    with pytest.raises(ValidationError, match="input_shape"):
        ArchitectureSpec(layers=(Flatten(),), input_shape=input_shape)


def test_a_spec_is_immutable():
    spec = ArchitectureSpec(layers=(Conv2D(),))
    with pytest.raises(ValidationError, match="frozen"):
        spec.layers[0].filters = 3


def test_replace_layer_changes_one_layer_and_keeps_its_name():
    spec = ArchitectureSpec(layers=(Conv2D(), Conv2D(), Flatten()))
    changed = spec.replace_layer("conv2", filters=5)
    assert [getattr(layer, "filters", None) for layer in changed.layers] == [32, 5, None]
    assert [layer.name for layer in changed.layers] == ["conv1", "conv2", "flatten1"]
    assert spec.layers[1].filters == 32


def test_replace_layer_validates_the_new_value():
    with pytest.raises(ValidationError, match="filters"):
        ArchitectureSpec(layers=(Conv2D(),)).replace_layer("conv1", filters=0)


def test_every_field_has_a_title_and_a_description():
    for kind in (Conv2D, MaxPooling2D, AveragePooling2D, Dense):
        for name, field in kind.model_fields.items():
            if name != "kind":
                assert field.title, name
                assert field.description, name
