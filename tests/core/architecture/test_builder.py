import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnn_core import RECIPES, ArchitectureSpec, build_model, compute_anatomy
from cnn_core.architecture.layers import Activate, AveragePooling2D, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_core.errors import SpecError

PADDINGS = st.sampled_from(["valid", "same"])
ACTIVATIONS = st.sampled_from(["linear", "relu", "tanh", "sigmoid", "softmax"])
SMALL = st.integers(1, 4)
POOLING = {"pool_size": SMALL, "strides": st.none() | SMALL, "padding": PADDINGS}
PICTURE_LAYERS = st.one_of(
    st.builds(Conv2D, filters=SMALL, kernel_size=SMALL, strides=SMALL, padding=PADDINGS, activation=ACTIVATIONS),
    st.builds(MaxPooling2D, **POOLING),
    st.builds(AveragePooling2D, **POOLING),
    st.builds(Activate, activation=ACTIVATIONS),
    st.builds(Dropout, rate=st.sampled_from([0.0, 0.5])),
)
FLAT_LAYERS = st.one_of(
    st.builds(Dense, units=SMALL, activation=ACTIVATIONS),
    st.builds(Activate, activation=ACTIVATIONS),
    st.builds(Dropout),
)


@st.composite
def architectures(draw):
    layers = [*draw(st.lists(PICTURE_LAYERS, max_size=4)), Flatten(), *draw(st.lists(FLAT_LAYERS, max_size=2))]
    return ArchitectureSpec(
        input_shape=draw(st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 3))),
        data_format=draw(st.sampled_from(["channels_last", "channels_first"])),
        layers=tuple(layers),
    )


def channels_last(shape, spec):
    shape = tuple(shape[1:])  # without the batch axis
    if spec.data_format == "channels_first" and len(shape) == 3:
        return (*shape[1:], shape[0])
    return shape


@settings(max_examples=60)
@given(spec=architectures())
def test_anatomy_agrees_with_keras_on_every_layer(spec):
    try:
        anatomy = compute_anatomy(spec)
    except SpecError:
        assume(False)
    model = build_model(spec)
    built = model.layers[1:]  # the first is the input
    assert [layer.name for layer in built] == [row.name for row in anatomy.rows]
    assert [type(layer).__name__ for layer in built] == [row.kind for row in anatomy.rows]
    assert [channels_last(layer.output.shape, spec) for layer in built] == [row.output_shape for row in anatomy.rows]
    assert [layer.count_params() for layer in built] == [row.parameters for row in anatomy.rows]


@given(
    layer=st.sampled_from(
        [
            lambda window, stride: Conv2D(filters=1, kernel_size=window, strides=stride),
            lambda window, stride: MaxPooling2D(pool_size=window, strides=stride),
            lambda window, stride: AveragePooling2D(pool_size=window, strides=stride),
        ]
    ),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    window=st.integers(1, 7),
    stride=st.integers(1, 3),
)
def test_a_valid_window_is_rejected_exactly_where_keras_has_no_output(layer, height, width, window, stride):
    spec = ArchitectureSpec(layers=(layer(window, stride),), input_shape=(height, width, 1))
    try:
        ours = compute_anatomy(spec).output_shape
    except SpecError:
        ours = None
    assert ours == keras_output_shape(spec)


def keras_output_shape(spec):
    """What Keras itself makes of a single layer, or None where it refuses it or empties the image."""
    import keras

    (layer,) = spec.layers
    try:
        output = getattr(keras.layers, layer.kind)(**layer.model_dump(exclude={"kind", "l2"}))(
            keras.Input(spec.input_shape)
        )
    except ValueError:
        return None
    return output.shape[1:] if min(output.shape[1:]) > 0 else None


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_built_layers_have_the_names_of_their_specs(recipe):
    spec = recipe.experiment.architecture
    assert [layer.name for layer in build_model(spec).layers] == ["input", *(layer.name for layer in spec.layers)]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.id)
def test_built_layers_have_the_activations_of_their_specs(recipe):
    spec = recipe.experiment.architecture
    for layer, built in zip(spec.layers, build_model(spec).layers[1:], strict=True):
        if hasattr(layer, "activation"):
            assert built.activation.__name__ == layer.activation


def test_channels_first_puts_the_channel_axis_before_height_and_width():
    spec = ArchitectureSpec(layers=(Conv2D(filters=5),), input_shape=(8, 6, 2), data_format="channels_first")
    model = build_model(spec)
    assert model.input_shape == (None, 2, 8, 6)
    assert model.output_shape == (None, 5, 6, 4)


def test_the_same_seed_builds_the_same_weights():
    import keras

    spec = ArchitectureSpec(layers=(Conv2D(filters=3), Flatten(), Dense(units=4)), input_shape=(6, 6, 1))
    weights = []
    for seed in (7, 7, 8):
        keras.utils.set_random_seed(seed)
        weights.append(np.concatenate([w.ravel() for w in build_model(spec).get_weights()]))
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


@pytest.mark.parametrize("name", ["my network", "réseau/2", "网络", "0", " ", "a:b*c"])
def test_any_architecture_name_can_be_built(name):
    assert build_model(ArchitectureSpec(name=name, layers=(Flatten(),))).count_params() == 0


def test_every_layer_name_that_the_spec_allows_can_be_built():
    spec = ArchitectureSpec(layers=(Conv2D(name="input"), Conv2D(name="_1"), Conv2D(name="0")))
    assert [layer.name for layer in build_model(spec).layers[1:]] == ["input", "_1", "0"]


@pytest.mark.parametrize("name", ["我的网络", "_x", "(test)", "...", "café 2", "a/b\\c:d", "👍"])
def test_a_network_of_any_name_trains_and_keeps_its_weights(tmp_path, name):
    spec = ArchitectureSpec(name=name, input_shape=(4, 4, 1), layers=(Flatten(), Dense(units=2, activation="softmax")))
    model = build_model(spec)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(np.zeros((2, 4, 4, 1)), np.zeros(2), verbose=0)
    model.save(tmp_path / "model.keras")
    assert spec.name == name
