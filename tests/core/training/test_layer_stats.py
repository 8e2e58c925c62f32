"""How each layer is doing, computed again with Keras's own activations, NumPy and a gradient tape of our own."""

import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_runs import digits_experiment

from cnn_core import ArchitectureSpec, RunStore, build_model, load_dataset, train_run
from cnn_core.architecture.layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    ResidualBlock,
    SeparableConv2D,
)
from cnn_core.experiment.preprocess import one_hot, prepare_images
from cnn_core.runs.events import EventWriter, read_events
from cnn_core.training import layer_stats
from cnn_core.training.compilation import computing_in
from cnn_core.training.layer_stats import LayerStatsCallback

IMAGES = 32  # that are looked at

NETWORKS = {
    "relu in the layer, after it, and not at all": (
        Conv2D(name="conv", filters=6, strides=3, activation="relu"),
        Conv2D(name="normed", filters=5, strides=2),
        BatchNormalization(name="norm"),
        Activate(name="act", activation="relu"),
        Flatten(),
        Dropout(rate=0.5),
        Dense(name="hidden", units=12, activation="relu"),
        Dense(name="bent", units=7, activation="tanh"),
        Dense(name="out", units=10, activation="softmax"),
    ),
    "convolutions of other kinds and a shortcut": (
        DepthwiseConv2D(name="depthwise", depth_multiplier=4, strides=3, activation="relu"),
        SeparableConv2D(name="separable", filters=6, activation="relu"),
        ResidualBlock(name="block", filters=6),
        GlobalAveragePooling2D(),
        Dense(name="out", units=10, activation="softmax"),
    ),
}


def build(layers, data_format="channels_last", precision="float32"):
    keras.utils.set_random_seed(3)
    with computing_in(precision):
        model = build_model(ArchitectureSpec(layers=layers, data_format=data_format))
    rng = np.random.default_rng(0)
    for layer in model.layers:  # some units sleep: their bias is far below zero
        for weight in layer.weights:
            if weight.path.endswith("bias") and layer.name != "out":
                weight.assign(rng.choice((0.0, -9.0), weight.shape))
            if weight.path.endswith("beta"):
                weight.assign(rng.choice((0.0, -99.0), weight.shape))
    return model


def look(model, tmp_path, data_format="channels_last", loss="categorical_crossentropy", step=15):
    """The one event that a callback leaves at the end of the second epoch, and what it looked at."""
    data = load_dataset("digits")
    x, y = prepare_images(data.x_train[:100], "unit", data_format), one_hot(data.y_train[:100], 10)
    if loss == "sparse_categorical_crossentropy":
        y = data.y_train[:100].astype(np.int32)
    callback = LayerStatsCallback(EventWriter(tmp_path / "events.jsonl"), SimpleNamespace(x_train=x, y_train=y), loss)
    callback.set_model(model)
    callback.set_params({"steps": step})
    callback.on_epoch_begin(1)
    callback.on_train_batch_end(step + 3)  # Keras counts on where several steps make a call
    callback.on_epoch_end(1)
    (event,) = read_events(tmp_path / "events.jsonl")
    return event, x[:IMAGES], y[:IMAGES]


def kernels_of(layer):
    return [weight for weight in layer.trainable_weights if weight.path.endswith("kernel")]


@pytest.mark.parametrize(
    ("name", "data_format"), [*((name, "channels_last") for name in NETWORKS), (next(iter(NETWORKS)), "channels_first")]
)
def test_norms_and_dead_units_match_numpy(name, data_format, tmp_path):
    model = build(NETWORKS[name], data_format)
    event, x, y = look(model, tmp_path, data_format)
    layers = [layer for layer in model.layers if kernels_of(layer)]
    assert (event["epoch"], event["step"], event["names"]) == (2, 15, [layer.name for layer in layers])

    norms = [np.sqrt(sum(np.square(k.numpy()).sum() for k in kernels_of(layer))) for layer in layers]
    assert event["weights"] == pytest.approx(norms, rel=1e-5)

    with tf.GradientTape() as tape:
        p = model(x, training=False)
        loss = -tf.reduce_mean(tf.math.log(tf.reduce_sum(p * y, axis=1)))
    kernels = [[k.value for k in kernels_of(layer)] for layer in layers]
    gradients = tape.gradient(loss, kernels)
    norms = [np.sqrt(sum(np.square(g.numpy()).sum() for g in group)) for group in gradients]
    assert event["gradients"] == pytest.approx(norms, rel=1e-3, abs=1e-6)

    relu_behind = {"conv": "conv", "normed": "act", "hidden": "hidden", "depthwise": "depthwise"}
    relu_behind |= {"separable": "separable", "block_conv1": "block_act1"}
    dead = dict(zip(event["names"], event["dead"], strict=True))
    for layer in layers:
        if layer.name not in relu_behind:
            continue
        outputs = keras.Model(model.inputs, model.get_layer(relu_behind[layer.name]).output).predict(x, verbose=0)
        if outputs.ndim == 4 and data_format == "channels_first":
            outputs = outputs.transpose(0, 2, 3, 1)
        asleep = [not np.any(outputs[..., i] > 0) for i in range(outputs.shape[-1])]
        assert dead[layer.name] == pytest.approx(np.mean(asleep), abs=1e-4), layer.name
    assert all(dead[name] is None for name in ("bent", "out") if name in dead)
    assert any(0 < share < 1 for share in dead.values() if share is not None)


@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "mse", "kl_divergence"])
def test_every_loss_gives_finite_statistics(loss, tmp_path):
    event, _, _ = look(build(NETWORKS["relu in the layer, after it, and not at all"]), tmp_path, loss=loss)
    assert np.all(np.isfinite(event["gradients"]))
    assert min(event["weights"]) > 0


def test_mixed_precision_gives_similar_statistics(tmp_path):
    layers = NETWORKS["relu in the layer, after it, and not at all"]
    events = []
    for precision in ("float32", "mixed_bfloat16"):
        (tmp_path / precision).mkdir()
        events.append(look(build(layers, precision=precision), tmp_path / precision)[0])
    assert events[1]["weights"] == pytest.approx(events[0]["weights"])
    assert events[1]["gradients"] == pytest.approx(events[0]["gradients"], rel=0.1)
    assert events[1]["dead"][:2] == pytest.approx(events[0]["dead"][:2], abs=0.21)


def test_a_diverged_network_is_written_as_strict_json(tmp_path):
    model = build(NETWORKS["relu in the layer, after it, and not at all"])
    model.get_layer("hidden").kernel.assign(np.full((80, 12), np.nan))
    event, _, _ = look(model, tmp_path)

    def refuse(name):
        raise AssertionError(name)

    for line in (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line, parse_constant=refuse)
    assert event["weights"][event["names"].index("hidden")] is None


def test_layer_statistics_do_not_change_training(tmp_path):
    model = build(NETWORKS["relu in the layer, after it, and not at all"])
    before = [np.array(v) for v in model.variables]
    look(model, tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.variables, strict=True))


def test_within_epochs_statistics_take_little_time(tmp_path, monkeypatch):
    clock = SimpleNamespace(perf_counter=lambda: clock.now, now=0.0)
    monkeypatch.setattr(layer_stats, "time", clock)
    writer = EventWriter(tmp_path / "events.jsonl")
    callback = LayerStatsCallback(writer, SimpleNamespace(x_train=np.zeros(1), y_train=np.zeros(1)), "mse")
    callback._layers, callback._has_relu = [], []

    def measure(x, y):
        clock.now += 0.5  # a slow machine: half a second for each look
        return [], [], []

    callback._measure = measure
    callback.set_params({"steps": 10_000})
    for step in range(10_000):
        clock.now = max(clock.now, step * 0.01)
        callback.on_train_batch_end(step)
    looks = list(read_events(tmp_path / "events.jsonl"))
    assert 2 <= len(looks) <= 1 + clock.now / 25
    assert looks[0]["step"] == 151  # a second and a half after the beginning


@pytest.mark.filterwarnings("error:The structure of:UserWarning")
def test_training_prints_no_warning_about_the_structure_of_inputs(tmp_path):
    folder = RunStore(tmp_path).create(digits_experiment(epochs=1))
    train_run(folder)
    assert any(event["type"] == "layer_stats" for event in read_events(folder.events_path))
