"""Broken networks: refused where Keras refuses them, or for a reason of our own that is named, and always mendable.

CNN_LAB_NETWORKS=2100 checks all that there are, which takes some two minutes.
"""

import os
import random
import re
from collections import Counter

import keras
import pytest
from random_networks import random_broken_network, random_network

from cnn_core import ArchitectureSpec, build_model, compute_anatomy
from cnn_core.architecture.anatomy import compute_partial_anatomy
from cnn_core.architecture.layers import (
    Activate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Flatten,
    MaxPooling2D,
    ResidualBlock,
)
from cnn_core.architecture.repair import check, find_problem
from cnn_core.errors import LayerProblem

KERAS_REFUSES = {"window_too_large", "strides_and_dilation", "needs_picture"}
# Keras takes these: a Dense layer maps the last axis, images may change anywhere, and memory is no concern of its.
# Networks of random layers are hardly ever too much memory: test_limits.py has some that are.
OURS = {"needs_flatten", "augmentation_late", "too_large", "too_much_memory"}
OF_THE_TASK = {"wrong_outputs", "needs_softmax"}
CHUNKS, NETWORKS_EACH = 10, 210
CHECKED = max(3, int(os.environ.get("CNN_LAB_NETWORKS", "210")) // NETWORKS_EACH)


def broken_networks(seed):
    rng = random.Random(1_000 + seed)
    return [random_broken_network(rng) for _ in range(NETWORKS_EACH)]


def make_keras_layer(layer, data_format):
    """Raw Keras, from the spec's fields alone; a block's first convolution stands for the block."""
    fields = layer.model_dump(exclude={"kind", "l2", "name"})
    kind = layer.kind
    if kind == "ResidualBlock":
        kind, fields = "Conv2D", {**fields, "padding": "same"}
    if kind == "RandomTranslation":
        fields = {"height_factor": fields["factor"], "width_factor": fields["factor"]}
    elif kind == "RandomZoom":
        fields = {"height_factor": fields["factor"], "width_factor": fields["factor"] + fields["stretch"] or None}
    elif kind == "RandomShear":
        fields = {"x_factor": fields["factor"]}
    elif kind in ("RandomBrightness", "RandomContrast"):
        fields = {"factor": (fields["lower"], fields["upper"])}
    elif kind == "RandomGaussianBlur":
        del fields["highest"]
    elif kind == "BatchNormalization":
        fields["axis"] = 1 if data_format == "channels_first" else -1
    if kind not in ("BatchNormalization", "Activation", "Dropout", "Dense"):
        fields["data_format"] = data_format
    return getattr(keras.layers, kind)(**fields)


def keras_shape(shape, data_format):
    return (shape[2], *shape[:2]) if data_format == "channels_first" and len(shape) == 3 else shape


def keras_refuses(layer, shape, data_format, by_calling):
    """Whether Keras raises, or makes an image without pixels, of one layer on an input of that shape."""
    shape = keras_shape(shape, data_format)
    try:
        built = make_keras_layer(layer, data_format)
        output = built(keras.Input(shape)).shape if by_calling else built.compute_output_shape((None, *shape))
    except ValueError:
        return True
    return min(output[1:]) < 1


@pytest.mark.parametrize("seed", range(CHECKED))
def test_keras_rejects_what_is_rejected_or_the_rule_is_our_own(seed):
    for spec in broken_networks(seed):
        anatomy, problem = compute_partial_anatomy(spec)
        assert problem.code in KERAS_REFUSES | OURS
        assert str(problem).startswith(f"{problem.layer}: ")
        shape = spec.input_shape
        for layer, row in zip(spec.layers, anatomy.rows, strict=False):
            assert not keras_refuses(layer, shape, spec.data_format, by_calling=False), (layer, shape)
            shape = row.output_shape
        layer = spec.layers[len(anatomy.rows)]
        assert layer.name == problem.layer
        # Its manual calls strides and dilation incompatible for these two as well, but Keras does not look.
        if problem.code == "strides_and_dilation" and layer.kind in ("DepthwiseConv2D", "SeparableConv2D"):
            continue
        expected = problem.code in KERAS_REFUSES
        assert keras_refuses(layer, shape, spec.data_format, by_calling=expected) == expected, (problem, shape, layer)
    keras.backend.clear_session()


@pytest.mark.parametrize("seed", range(CHECKED))
def test_what_keras_rejects_is_rejected_at_that_layer_or_before(seed):
    for spec in broken_networks(seed):
        accepted = compute_partial_anatomy(spec)[0].rows
        shape = spec.input_shape
        for index, layer in enumerate(spec.layers):
            if layer.kind != "ResidualBlock" and keras_refuses(layer, shape, spec.data_format, by_calling=False):
                assert len(accepted) <= index
                break
            if index >= len(accepted):
                break
            shape = accepted[index].output_shape


@pytest.mark.parametrize("seed", range(CHECKED))
def test_every_offered_repair_works_and_there_is_at_least_one(seed):
    for spec in broken_networks(seed):
        for loss in ("mse", "categorical_crossentropy"):
            problem = find_problem(spec, loss=loss)
            assert problem.fixes, (problem, spec)
            assert problem.message.startswith(f"{problem.layer}: ")
            for fix in problem.fixes:
                assert find_problem(fix.spec, loss=loss) is None, (fix.code, fix.values, spec)
                assert fix.spec.data_format == spec.data_format
                assert fix.spec.input_shape == spec.input_shape


def test_networks_that_build_but_cannot_learn_the_task_have_repairs_too():
    rng = random.Random(7)
    seen = Counter()
    while min(seen[code] for code in OF_THE_TASK) < 50:
        spec, loss = random_network(rng), rng.choice(("mse", "categorical_crossentropy"))
        problem = find_problem(spec, loss=loss)
        if problem is None or problem.code not in OF_THE_TASK:
            continue
        seen[problem.code] += 1
        assert problem.layer == spec.layers[-1].name
        assert problem.message.startswith(f"{problem.layer}: ")
        assert problem.fixes
        assert all(find_problem(fix.spec, loss=loss) is None for fix in problem.fixes)


def test_keras_builds_every_repaired_network():
    for spec in broken_networks(0)[:60]:
        for fix in find_problem(spec).fixes:
            if compute_anatomy(fix.spec).parameters < 1_000_000:
                assert build_model(fix.spec).output_shape == (None, 10)
    keras.backend.clear_session()


def test_random_broken_networks_cover_every_kind_of_problem():
    specs = [spec for seed in range(CHUNKS) for spec in broken_networks(seed)]
    assert len({spec.model_dump_json() for spec in specs}) >= 2_000
    codes = Counter(compute_partial_anatomy(spec)[1].code for spec in specs)
    assert set(codes) == (KERAS_REFUSES | OURS) - {"too_much_memory"}
    assert min(codes.values()) >= 5, codes


# ---- the sentences


CLASSIFIER = Dense(units=10, activation="softmax")
MISTAKES = {
    "window_too_large": (Conv2D(kernel_size=30), Flatten(), CLASSIFIER),
    "strides_and_dilation": (Conv2D(strides=2, dilation_rate=2), Flatten(), CLASSIFIER),
    "needs_flatten": (Conv2D(), CLASSIFIER),
    "needs_picture": (Flatten(), Conv2D(), CLASSIFIER),
    "augmentation_late": (Conv2D(), {"kind": "RandomFlip"}, Flatten(), CLASSIFIER),
    "too_large": (Conv2D(filters=512), Flatten(), Dense(units=8192), CLASSIFIER),
    "too_much_memory": (*[DepthwiseConv2D(depth_multiplier=16, padding="same")] * 4, Flatten(), CLASSIFIER),
    "wrong_outputs": (Flatten(), Dense(units=7, activation="softmax")),
    "needs_softmax": (Flatten(), Dense(units=10, activation="relu")),
}


def broken(code):
    layers = [x if isinstance(x, dict) else x.model_dump() for x in MISTAKES[code]]
    return ArchitectureSpec.model_validate({"layers": layers})


def test_there_is_an_example_of_every_kind_of_problem():
    assert set(MISTAKES) == KERAS_REFUSES | OURS | OF_THE_TASK


@pytest.mark.parametrize("code", MISTAKES)
def test_each_problem_names_its_layer_and_a_repair(code):
    problem = find_problem(broken(code))
    assert problem.code == code
    assert re.fullmatch(rf"{problem.layer}: [^\n]{{30,250}}[.]", problem.message), problem.message
    assert re.search(r"\b(use|put|move|remove|set|stands before|pool before|end with|give)\b", problem.message)
    assert problem.fixes


@pytest.mark.parametrize("code", MISTAKES)
def test_training_rejects_a_network_with_the_same_problem(code):
    with pytest.raises(LayerProblem) as refused:
        check(broken(code), 10, "categorical_crossentropy")
    assert refused.value.code == code


def test_a_trainable_network_has_no_problems():
    spec = ArchitectureSpec(layers=(Conv2D(), Flatten(), CLASSIFIER))
    assert find_problem(spec) is None
    check(spec, 10, "categorical_crossentropy")


def test_cross_entropy_requires_softmax_and_mean_squared_error_does_not():
    spec = ArchitectureSpec(layers=(Flatten(), Dense(units=10)))
    assert find_problem(spec, loss="mse") is None
    assert {fix.code for fix in find_problem(spec).fixes} == {"set", "append"}


def test_a_separate_softmax_layer_counts_as_softmax():
    assert find_problem(ArchitectureSpec(layers=(Flatten(), Dense(units=10), Activate(activation="softmax")))) is None


def test_a_kernel_larger_than_its_input_can_be_padded_shrunk_or_get_an_earlier_pooling_removed():
    layers = (
        *(Conv2D(kernel_size=3), MaxPooling2D(), Conv2D(kernel_size=3), MaxPooling2D(), Conv2D(kernel_size=7)),
        *(Flatten(), CLASSIFIER),
    )
    problem = find_problem(ArchitectureSpec(layers=layers))
    assert problem.message.startswith("conv3: a 7×7 window does not fit its 5×5 input")
    fixes = {(fix.code, fix.values.get("layer")): fix for fix in problem.fixes}
    assert fixes["pad", "conv3"].spec.layers[4].padding == "same"
    assert fixes["shrink", "conv3"].spec.layers[4].kernel_size == 5
    assert "pool2" not in [layer.name for layer in fixes["remove", "pool2"].spec.layers]
    assert all(fix.also == 0 for fix in problem.fixes)


def test_a_repair_states_how_many_other_problems_it_solves():
    problem = find_problem(ArchitectureSpec(layers=(Conv2D(), Dense(units=7))))
    insert = next(fix for fix in problem.fixes if fix.values.get("kind") == "Flatten")
    assert insert.also == 2  # the number of outputs and the softmax
    assert find_problem(insert.spec) is None


def test_no_layer_may_have_the_name_of_a_residual_blocks_part():
    with pytest.raises(ValueError, match="wide_conv1"):
        ArchitectureSpec(layers=(ResidualBlock(name="wide"), Conv2D(name="wide_conv1")))


def test_a_name_that_only_starts_like_a_residual_block_is_allowed():
    spec = ArchitectureSpec(layers=(ResidualBlock(name="wide", filters=2), Conv2D(name="wide_eyes", filters=2)))
    assert build_model(spec).layers[-1].name == "wide_eyes"
