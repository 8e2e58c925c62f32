"""Networks larger than a run can hold: refused with the arithmetic, and always mendable."""

import random
import re
from collections import Counter
from math import prod

import pytest
from random_networks import random_layer

from cnn_core import ArchitectureSpec, compute_anatomy
from cnn_core.architecture.anatomy import compute_partial_anatomy
from cnn_core.architecture.layers import Conv2D, Dense, DepthwiseConv2D, Dropout, Flatten, MaxPooling2D
from cnn_core.architecture.limits import ACTIVATION_BYTES_AT_MOST, PARAMETERS_AT_MOST
from cnn_core.architecture.repair import check, find_problem
from cnn_core.errors import LayerProblem
from cnn_core.experiment.starters import STARTERS

CLASSIFIER = Dense(units=10, activation="softmax")
KINDS = ("Conv2D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "ResidualBlock", "BatchNormalization", "Dropout")
SIZES = {"too_large", "too_much_memory"}


def network(*layers, **fields):
    return ArchitectureSpec(layers=layers, **fields)


def wide(count, filters=512, **fields):
    return [Conv2D(filters=filters, padding="same", **fields) for _ in range(count)]


def huge_network(rng):
    """Many wide layers that all fit their input: only their size can be wrong."""
    rows = []
    for kind in rng.choices(KINDS, k=rng.randint(3, 60)):
        row = random_layer(rng, kind, large=0.6) | {"strides": 1, "padding": "same", "kernel_size": 3}
        rows.append({name: value for name, value in row.items() if name in ("kind", *allowed(kind))})
    rows += [{"kind": "Flatten"}, *([{"kind": "Dense", "units": 8192}] * rng.randint(0, 2))]
    rows.append({"kind": "Dense", "units": 10, "activation": "softmax"})
    return ArchitectureSpec.model_validate({"layers": rows, "input_shape": rng.choice(((28, 28, 1), (32, 32, 3)))})


def allowed(kind):
    own = {
        "Conv2D": ("filters", "padding", "kernel_size", "dilation_rate"),
        "SeparableConv2D": ("filters", "padding", "kernel_size"),
        "DepthwiseConv2D": ("depth_multiplier", "padding", "kernel_size"),
        "ResidualBlock": ("filters", "kernel_size"),
    }
    return own.get(kind, ())


def numbers(message):
    return [int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", message.split(": ", 1)[1])]


# ---- what is refused


def test_the_total_number_of_parameters_is_limited():
    spec = network(Flatten(), *[Dense(units=4096)] * 4, CLASSIFIER)
    rows = [785 * 4096, *[4097 * 4096] * 3]
    assert sum(rows[:3]) < PARAMETERS_AT_MOST < sum(rows)
    problem = find_problem(spec, loss="mse")
    assert (problem.layer, problem.code) == ("dense4", "too_large")
    assert problem.message.startswith(
        f"dense4: (4,096 + 1)·4096 = {rows[3]:,} parameters make {sum(rows[:3]):,} + {rows[3]:,} = {sum(rows):,} "
    )
    assert "50 million" in problem.message


def test_a_single_layer_over_the_limit_is_reported_alone():
    with pytest.raises(LayerProblem, match=r"^dense2: \(8,192 \+ 1\)·8192 = 67,117,056 parameters are more"):
        compute_anatomy(network(Flatten(), Dense(units=8192), Dense(units=8192)))


def test_chained_depth_multipliers_exceed_the_memory_limit_with_few_parameters():
    spec = network(*[DepthwiseConv2D(depth_multiplier=16, padding="same")] * 4, Flatten(), CLASSIFIER)
    outputs = [28 * 28 * 16**n * 4 for n in (1, 2, 3, 4)]  # bytes
    problem = find_problem(spec)
    assert (problem.layer, problem.code) == ("depthwise4", "too_much_memory")
    assert f"28·28·65,536 outputs of 4 bytes are {outputs[3]:,} bytes for one image" in problem.message
    assert f"with the layers before it {sum(outputs):,}" in problem.message
    assert f"{ACTIVATION_BYTES_AT_MOST:,}" in problem.message


def test_the_layer_that_crosses_the_memory_limit_is_named():
    spec = network(*wide(40, kernel_size=1), Flatten(), CLASSIFIER, input_shape=(32, 32, 3))
    each = 32 * 32 * 512 * 4
    crossing = ACTIVATION_BYTES_AT_MOST // each + 1
    problem = find_problem(spec)
    assert (problem.layer, problem.code) == (f"conv{crossing}", "too_much_memory")
    assert numbers(problem.message)[5:7] == [each * crossing, ACTIVATION_BYTES_AT_MOST]


def test_a_pass_through_layer_counts_toward_memory():
    layers = [Conv2D(filters=1024, kernel_size=1), *[Dropout()] * 40]
    problem = find_problem(network(*layers, Flatten(), CLASSIFIER))
    assert problem.code == "too_much_memory"
    assert problem.layer.startswith("dropout")
    assert any(fix.values.get("layer") == "conv1" and fix.code == "set" for fix in problem.fixes)


def test_accepted_networks_are_within_both_limits():
    for spec in huge_networks(3):
        anatomy, problem = compute_partial_anatomy(spec)
        assert anatomy.parameters <= PARAMETERS_AT_MOST
        assert anatomy.activation_bytes <= ACTIVATION_BYTES_AT_MOST
        assert sum(prod(row.output_shape) * 4 for row in anatomy.rows) == anatomy.activation_bytes
        if problem is not None:
            assert problem.code in SIZES
            assert problem.layer == spec.layers[len(anatomy.rows)].name


@pytest.mark.parametrize("starter", STARTERS)
@pytest.mark.parametrize("input_shape", [(28, 28, 1), (32, 32, 3)])
def test_every_starter_is_far_from_both_limits(starter, input_shape):
    anatomy = compute_anatomy(STARTERS[starter].architecture.with_input(input_shape))
    assert anatomy.parameters * 5 < PARAMETERS_AT_MOST
    assert anatomy.activation_bytes * 20 < ACTIVATION_BYTES_AT_MOST


def test_training_rejects_a_network_over_the_memory_limit():
    with pytest.raises(LayerProblem) as refused:
        check(network(*wide(40, kernel_size=1), Flatten(), CLASSIFIER), 10, "categorical_crossentropy")
    assert refused.value.code == "too_much_memory"


# ---- the ways out


def huge_networks(seed, count=25):
    rng = random.Random(2_000 + seed)
    return [huge_network(rng) for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_every_repair_of_a_huge_network_makes_it_trainable(seed):
    for spec in huge_networks(seed):
        problem = find_problem(spec)
        if problem is None:
            continue
        assert problem.fixes, problem
        assert re.fullmatch(rf"{problem.layer}: [^\n]{{30,280}}[.]", problem.message), problem.message
        for fix in problem.fixes:
            assert find_problem(fix.spec) is None, (fix.code, fix.values)


def test_random_huge_networks_cover_both_problems_and_all_repairs():
    problems = [problem for seed in range(4) for spec in huge_networks(seed) if (problem := find_problem(spec))]
    codes = Counter(problem.code for problem in problems)
    assert set(codes) == SIZES
    assert min(codes.values()) >= 5, codes
    ways = Counter(fix.code for problem in problems for fix in problem.fixes)
    assert {"insert", "set", "narrow", "remove"} <= set(ways), ways


@pytest.mark.parametrize(
    "layers", [wide(180, 1024), wide(180, 1024, kernel_size=1), [Conv2D(filters=1024), *[Dropout()] * 180]]
)
def test_a_network_of_200_layers_of_maximum_width_has_a_repair(layers):
    problem = find_problem(network(*layers, Flatten(), CLASSIFIER, input_shape=(32, 32, 3)))
    assert problem.fixes
    assert all(find_problem(fix.spec) is None for fix in problem.fixes)


def test_narrowing_divides_all_layer_sizes_except_the_classes():
    spec = network(*wide(7, 1024), MaxPooling2D(), Flatten(), CLASSIFIER)
    problem = find_problem(spec)
    (narrow,) = [fix for fix in problem.fixes if fix.code == "narrow"]
    factor = narrow.values["factor"]
    assert [x.filters for x in narrow.spec.layers[:7]] == [1024 // factor] * 7
    assert narrow.spec.layers[-1].units == 10
    assert narrow.also == 0
    assert find_problem(narrow.spec) is None


def test_a_pooling_layer_is_offered_where_it_is_enough():
    spec = network(*wide(12, 1024, kernel_size=1), Flatten(), CLASSIFIER)
    problem = find_problem(spec)
    insert = next(fix for fix in problem.fixes if fix.code == "insert")
    assert insert.values == {"kind": "MaxPooling2D", "layer": problem.layer}
    assert find_problem(insert.spec) is None
