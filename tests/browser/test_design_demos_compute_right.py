"""What the small images of the Design page compute in the browser is what Keras and NumPy make of it."""

import itertools
import random

import keras
import numpy as np
import pytest

from cnn_core.architecture import layers as kinds
from ui.components import read_asset

SLIDING = ("design/sliding.js", "design/sliding_paint.js")
CONCEPTS = (
    "design/concept_parts.js",
    "design/concept_numbers.js",
    "design/concept_channels.js",
    "design/concept_learning.js",
)
SIDE = 9


@pytest.fixture
def reckon(page):
    """compute("(x) => …", x) with the components' own functions; `const`s of a script are seen by the next one."""

    def load(scripts):
        page.goto("about:blank")
        page.add_script_tag(content="\n".join(map(read_asset, scripts)))
        return page.evaluate

    return load


def layer_of(op, size, strides, padding, dilation, channels="added"):
    window = {"op": op, "size": size, "strides": strides, "padding": padding, "dilation": dilation}
    return window | {"channels": channels, "bias": True, "all": 3}


def slide(evaluate, planes, layer, kernels, bias=0.25, weights=(0.5, -1.0, 2.0)):
    chosen = {"kernels": [k.tolist() for k in kernels], "bias": bias, "weights": list(weights)}
    side, partial, outputs = evaluate(
        "(all) => { const found = slide(...all); return [found.g.out, found.partial, found.outputs]; }",
        [planes.tolist(), layer, chosen],
    )
    return [np.reshape(values, (-1, side, side)) for values in (partial, outputs)]


def by_keras(layer, planes):
    """(channels, H, W) through one Keras layer → (outputs, height, width)."""
    return np.moveaxis(np.asarray(layer(np.moveaxis(planes, 0, 2)[np.newaxis].astype(np.float32)))[0], 2, 0)


def settings():
    for size, strides, padding, dilation in itertools.product((1, 2, 3, 5), (1, 2, 3), ("valid", "same"), (1, 2)):
        if (strides == 1 or dilation == 1) and dilation * (size - 1) + 1 <= SIDE:
            yield size, strides, padding, dilation


def test_the_window_matches_keras_convolutions(reckon):
    evaluate, rng = reckon(SLIDING), np.random.default_rng(3)
    planes = rng.normal(size=(3, SIDE, SIDE))
    for size, strides, padding, dilation in settings():
        kernels = rng.normal(size=(3, size, size))
        knobs = {"strides": strides, "padding": padding, "dilation_rate": dilation}
        conv = keras.layers.Conv2D(1, size, **knobs)
        conv.build((None, SIDE, SIDE, 3))
        conv.set_weights([np.moveaxis(kernels, 0, 2)[..., np.newaxis], np.array([0.25])])
        partial, outputs = slide(evaluate, planes, layer_of("conv", size, strides, padding, dilation), kernels)
        assert np.allclose(outputs, by_keras(conv, planes), atol=1e-5), knobs
        assert np.allclose(partial.sum(axis=0) + 0.25, outputs[0], atol=1e-9)

        depthwise = keras.layers.DepthwiseConv2D(size, use_bias=False, **knobs)
        depthwise.build((None, SIDE, SIDE, 3))
        depthwise.set_weights([np.moveaxis(kernels, 0, 2)[..., np.newaxis]])
        apart = layer_of("conv", size, strides, padding, dilation, "apart")
        assert np.allclose(slide(evaluate, planes, apart, kernels)[1], by_keras(depthwise, planes), atol=1e-5), knobs

        separable = keras.layers.SeparableConv2D(1, size, **knobs)
        separable.build((None, SIDE, SIDE, 3))
        pointwise = np.reshape([0.5, -1.0, 2.0], (1, 1, 3, 1))
        separable.set_weights([np.moveaxis(kernels, 0, 2)[..., np.newaxis], pointwise, np.array([0.25])])
        weighed = layer_of("conv", size, strides, padding, dilation, "weighed")
        assert np.allclose(slide(evaluate, planes, weighed, kernels)[1], by_keras(separable, planes), atol=1e-5), knobs


@pytest.mark.parametrize(("op", "kind"), [("max", keras.layers.MaxPooling2D), ("mean", keras.layers.AveragePooling2D)])
def test_the_window_matches_keras_pooling(reckon, op, kind):
    evaluate = reckon(SLIDING)
    plane = np.random.default_rng(4).normal(size=(1, SIDE, SIDE))
    for size, strides, padding in itertools.product((1, 2, 3, 4), (1, 2, 3), ("valid", "same")):
        layer = layer_of(op, size, strides, padding, 1) | {"bias": False}
        found = slide(evaluate, plane, layer, np.ones((1, size, size)))[1]
        assert np.allclose(found, by_keras(kind(size, strides, padding), plane), atol=1e-6), (size, strides, padding)


def test_global_pooling_is_the_mean_of_the_map(reckon):
    plane = np.random.default_rng(4).normal(size=(1, SIDE, SIDE))
    layer = layer_of("mean", 0, 1, "valid", 1) | {"bias": False}
    assert slide(reckon(SLIDING), plane, layer, np.ones((1, SIDE, SIDE)))[1] == pytest.approx(plane.mean())


@pytest.mark.parametrize(("side", "margin"), [(14, 0), (14, 3), (8, 3), (5, 2)])
def test_downsampling_a_drawing_averages_areas(reckon, side, margin):
    plane = np.random.default_rng(6).random((28, 28))
    inner = plane[margin : 28 - margin, margin : 28 - margin]
    fine = np.kron(inner, np.ones((side, side)))  # each old pixel in side × side pieces
    step = len(inner)
    expected = fine.reshape(side, step, side, step).mean(axis=(1, 3))
    shown = reckon(SLIDING)("(all) => shrink(...all)", [plane.tolist(), side, margin])
    assert np.allclose(shown, expected, atol=0.0051)


def test_pooling_keeps_each_maximum_and_drops_an_incomplete_edge(reckon):
    evaluate = reckon(SLIDING)
    plane = np.random.default_rng(5).random((7, 7)) + 0.1
    kept, unseen = evaluate(
        "([plane, layer]) => { const f = fate(plane, layer, geometry(7, layer), 9); return [[...f.kept], f.unseen]; }",
        [plane.tolist(), layer_of("max", 2, 2, "valid", 1)],
    )
    blocks = plane[:6, :6].reshape(3, 2, 3, 2).max(axis=(1, 3))  # (3, 3)
    assert sorted(plane.ravel()[kept]) == sorted(blocks.ravel())
    assert unseen == 7 * 7 - 6 * 6


def test_activations_match_keras(reckon):
    evaluate, xs = reckon(CONCEPTS), np.linspace(-4, 4, 81)
    for name in set(kinds.Activation.__args__) - {"softmax"}:
        shown = evaluate("([name, xs]) => xs.map(FUNCTIONS[name])", [name, xs.tolist()])
        assert np.allclose(shown, getattr(keras.activations, name)(xs.astype(np.float32)), atol=2e-6), name


def test_losses_match_keras_and_accuracy_changes_with_the_argmax(reckon):
    evaluate, label = reckon(CONCEPTS), np.eye(10, dtype=np.float32)[[3]]
    for p in (0.01, 0.2, 0.37, 0.38, 0.7, 0.99):
        shares, entropy, mse = evaluate(
            "(p) => { const s = probabilities(10, 3, p); return [s, LOSSES.cross_entropy(s, 3), LOSSES.mse(s, 3)]; }", p
        )
        assert sum(shares) == pytest.approx(1)
        assert shares[3] == pytest.approx(p)
        predicted = np.array([shares], np.float32)
        assert entropy == pytest.approx(float(keras.losses.categorical_crossentropy(label, predicted)[0]), rel=1e-4)
        assert mse == pytest.approx(float(keras.losses.mean_squared_error(label, predicted)[0]), rel=1e-4)
        assert (int(np.argmax(shares)) == 3) == (p > 0.375)


OPTIMIZERS = {
    "SGD": lambda rate: keras.optimizers.SGD(rate),
    "momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "RMSprop": lambda rate: keras.optimizers.RMSprop(rate),
    "Adam": lambda rate: keras.optimizers.Adam(rate),
}


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_the_steps_of_one_weight_match_keras(reckon, rule):
    walked = reckon(CONCEPTS)(
        """([rule, rate]) => {
            const s = { rule, rate, w: START, m: 0, v: 0, trail: [START] };
            for (let i = 0; i < 6; i++) {
                const { change, said, ...memory } = RULES[rule](s, slopeAt(s.w));
                Object.assign(s, memory);
                s.w += change;
                s.trail.push(s.w);
            }
            return s.trail;
        }""",
        [rule, 0.3],
    )
    w, optimizer = keras.Variable(float(walked[0]), dtype="float32"), OPTIMIZERS[rule](0.3)
    for expected in walked[1:]:
        optimizer.apply([2 * (w - 1)], [w])
        assert float(w) == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_sgd_overshoots_above_one_half_and_diverges_above_one(reckon):
    evaluate = reckon(CONCEPTS)
    after = lambda rate: evaluate("(rate) => START + RULES.SGD({ w: START, rate }, slopeAt(START)).change", rate)  # noqa: E731
    assert after(0.3) < 1 < after(0.7)
    assert abs(after(1.05) - 1) > 3


@pytest.mark.parametrize("shape", [(4, 5, 3), (6, 6, 1)])
def test_memory_offsets_match_numpy(reckon, shape):
    evaluate, rng = reckon(CONCEPTS), random.Random(0)
    image = np.arange(np.prod(shape)).reshape(shape)
    for _ in range(20):
        row, column, channel = (rng.randrange(n) for n in shape)
        at = {"row": row, "column": column, "channel": channel}
        last, first = (evaluate("([s, f, at]) => placeOf(s, f, at)", [shape, f, at]) for f in (False, True))
        assert image.ravel()[last] == image[row, column, channel]
        assert np.ascontiguousarray(image.transpose(2, 0, 1)).ravel()[first] == image[row, column, channel]


def test_rotating_the_block_moves_the_channel_axis(reckon):
    turned = reckon(CONCEPTS)("() => [turned([1, 2, 3], 0), turned([1, 2, 3], 1)]")
    assert np.allclose(turned, [[1, 2, 3], [2, 3, 1]])


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (kinds.Conv2D(filters=64), (11, 11, 32)),
        (kinds.Conv2D(filters=7, kernel_size=1, use_bias=False), (11, 11, 5)),
        (kinds.DepthwiseConv2D(depth_multiplier=2), (9, 9, 3)),
        (kinds.SeparableConv2D(filters=8), (9, 9, 3)),
        (kinds.Dense(units=10), (64,)),
        (kinds.BatchNormalization(), (9, 9, 6)),
    ],
)
def test_the_formula_shown_gives_the_parameters(reckon, layer, shape):
    parts = layer.split_parameters(shape)
    evaluate = reckon(CONCEPTS)
    written = [
        evaluate(
            "([part, q]) => formula(part, (f) => (typeof f === 'string' ? q[f] : f))",
            [{**vars(part), "count": list(part.count)}, parts.quantities],
        )
        for part in parts.parts
    ]
    assert sum(eval(text.replace("·", "*").replace(",", "")) for text in written) == parts.parameters
