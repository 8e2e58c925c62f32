import pytest

from cnn_core import RECIPES, build_model, compute_anatomy, find_recipe
from cnn_core.architecture import format_shape
from cnn_core.architecture.layers import Activate, AveragePooling2D, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import SpecError

# The tables of the articles: parameters of each layer that has any, and their sum.
PUBLISHED = {
    "R1": ([832, 51_264, 3_212_288, 10_250], 3_274_634),
    "R2": ([320, 18_496, 36_928, 36_928, 650], 93_322),
    "R3": ([320, 18_496, 73_856, 230_600, 2_010], 325_282),
    "R4": ([832, 51_264, 3_212_288, 10_250], 3_274_634),
    "R5": ([160, 1_160, 46_090], 47_410),
    "LeNet-5": ([156, 2_416, 48_120, 10_164, 850], 61_706),
    "Dense": ([50_240, 650], 50_890),
    "Speed": ([416, 6_960, 41_568, 8_650], 57_594),
    "Hand": ([600, 96, 10_368, 192, 27_648, 256, 73_728, 512, 20_490], 133_890),
}


def architecture(*layers, **fields):
    return ArchitectureSpec(layers=layers, **fields)


def shape_after(*layers, **fields):
    return compute_anatomy(architecture(*layers, **fields)).output_shape


def test_every_recipe_has_a_published_table():
    assert {recipe.short for recipe in RECIPES} == set(PUBLISHED)


@pytest.mark.parametrize("short", PUBLISHED)
def test_anatomy_counts_the_published_parameters(short):
    layers, total = PUBLISHED[short]
    anatomy = compute_anatomy(find_recipe(short).experiment.architecture)
    assert [row.parameters for row in anatomy.rows if row.parameters] == layers
    assert anatomy.parameters == total


@pytest.mark.parametrize("short", PUBLISHED)
def test_the_built_model_has_the_published_parameters(short):
    layers, total = PUBLISHED[short]
    model = build_model(find_recipe(short).experiment.architecture)
    assert [layer.count_params() for layer in model.layers if layer.count_params()] == layers
    assert model.count_params() == total


@pytest.mark.parametrize(("short", "units"), [("R2", 576), ("R3", 1152), ("R1", 3136)])
def test_flatten_outputs_the_published_number_of_values(short, units):
    rows = compute_anatomy(find_recipe(short).experiment.architecture).rows
    assert [row.output_shape for row in rows if row.kind == "Flatten"] == [(units,)]


def test_r2_has_55744_parameters_before_its_classifier():
    rows = compute_anatomy(find_recipe("R2").experiment.architecture).rows
    assert sum(row.parameters for row in rows if row.kind == "Conv2D") == 55_744


@pytest.mark.parametrize("short", PUBLISHED)
def test_the_formula_beside_a_parameter_count_evaluates_to_it(short):
    for row in compute_anatomy(find_recipe(short).experiment.architecture).rows:
        if not row.parameters:
            assert row.arithmetic == ""
            continue
        formula, result = row.arithmetic.replace(",", "").replace("·", "*").split(" = ")
        assert eval(formula) == int(result) == row.parameters


def test_a_3x3_valid_kernel_over_28x28_leaves_26x26():
    assert shape_after(Conv2D(filters=4, kernel_size=3)) == (26, 26, 4)


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5, 28, 31])
def test_same_padding_keeps_height_and_width_when_stride_is_one(kernel_size):
    assert shape_after(Conv2D(filters=4, kernel_size=kernel_size, padding="same")) == (28, 28, 4)


def test_height_and_width_are_computed_separately():
    assert shape_after(Conv2D(filters=2, kernel_size=3, strides=2), input_shape=(9, 6, 1)) == (4, 2, 2)


def test_pooling_drops_an_edge_that_does_not_fill_a_window():
    assert shape_after(MaxPooling2D(), input_shape=(11, 7, 3)) == (5, 3, 3)


def test_same_pooling_keeps_the_odd_edge():
    assert shape_after(AveragePooling2D(padding="same"), input_shape=(11, 7, 3)) == (6, 4, 3)


def test_pool_strides_default_to_the_pool_size():
    assert shape_after(MaxPooling2D(pool_size=3), input_shape=(9, 9, 1)) == (3, 3, 1)
    assert shape_after(MaxPooling2D(pool_size=3, strides=1), input_shape=(9, 9, 1)) == (7, 7, 1)


def test_activation_and_dropout_keep_the_shape_and_have_no_parameters():
    rows = compute_anatomy(architecture(Activate(), Dropout(rate=0.2))).rows
    assert [(row.output_shape, row.parameters) for row in rows] == [((28, 28, 1), 0)] * 2


def test_channels_first_has_the_same_parameter_counts_as_channels_last():
    spec = find_recipe("R2").experiment.architecture
    turned = spec.model_copy(update={"data_format": "channels_first"})
    assert compute_anatomy(turned) == compute_anatomy(spec)


def test_a_window_that_does_not_fit_names_its_layer_and_the_repair():
    spec = architecture(
        Conv2D(filters=1, kernel_size=5, name="c1"), Conv2D(kernel_size=7, name="c2"), input_shape=(9, 9, 1)
    )
    with pytest.raises(SpecError, match=r"c2: a 7×7 window does not fit its 5×5 input; .*'same'.* at most 5"):
        compute_anatomy(spec)


def test_a_pooling_window_that_does_not_fit_names_its_layer():
    with pytest.raises(SpecError, match="pool1: a 3×3 window does not fit its 2×9 input"):
        compute_anatomy(architecture(MaxPooling2D(pool_size=3), input_shape=(2, 9, 1)))


def test_dense_without_flatten_names_its_layer_and_the_repair():
    with pytest.raises(SpecError, match=r"dense1: .*put a Flatten layer before it"):
        compute_anatomy(architecture(Conv2D(), Dense()))


@pytest.mark.parametrize("layer", [Conv2D(name="late"), MaxPooling2D(name="late"), AveragePooling2D(name="late")])
def test_an_image_layer_after_flatten_is_an_error_with_its_name_and_the_repair(layer):
    with pytest.raises(SpecError, match=r"late: .*before the Flatten layer"):
        compute_anatomy(architecture(Flatten(), layer))


def test_build_model_rejects_what_anatomy_rejects():
    with pytest.raises(SpecError, match="dense1"):
        build_model(architecture(Conv2D(), Dense()))


def test_shapes_are_formatted_as_in_keras():
    assert format_shape((28, 14, 3)) == "(28, 14, 3)"
    assert format_shape((28, 14, 3), "channels_first") == "(3, 28, 14)"
    assert format_shape((576,)) == "(576,)"
