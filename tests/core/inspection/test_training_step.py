import keras
import numpy as np
import pytest
from opened_networks import make_inputs, randomize

from cnn_core import Probe, TrainingConfig, build_model, find_recipe
from cnn_core.architecture.layers import (
    Activate,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    RandomFlip,
    SeparableConv2D,
)
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment.optimizers import SGD, Adam
from cnn_core.inspection.training_step.gradients import list_trained_weights
from cnn_core.inspection.training_step.step import explain_step
from cnn_core.training.compilation import compile_model

LAYERS = (
    Conv2D(filters=3, activation="relu", l2=0.01),
    SeparableConv2D(filters=4, activation="tanh"),
    Flatten(),
    Dense(units=5, activation="softmax", l2=0.1),
)
SHALLOW = (Flatten(), Dense(units=5, activation="softmax"))
TRAININGS = {
    "categorical_crossentropy": {},
    "label smoothing": {"label_smoothing": 0.2},
    "sparse_categorical_crossentropy": {"loss": "sparse_categorical_crossentropy"},
    "mse": {"loss": "mse"},
    "kl_divergence": {"loss": "kl_divergence"},
    "clipping": {"clip_norm": 0.05},
    "no clipping needed": {"clip_norm": 1000.0},
}


def open_model(layers=LAYERS, data_format="channels_last", seed=0):
    spec = ArchitectureSpec(layers=layers, input_shape=(8, 7, 2), data_format=data_format)
    rng = np.random.default_rng(seed)
    model = randomize(build_model(spec), rng)
    return model, make_inputs(spec, rng)


def plain(**changes):
    return TrainingConfig(**{"optimizer": SGD(), "learning_rate": 0.1} | changes)


def labels_for(training, label, classes=5):
    return np.array([label]) if training.loss.startswith("sparse") else np.eye(classes, dtype=np.float32)[[label]]


def train_once(model, training, inputs, label):
    """(loss as Keras reports it, a clone of the model after one real step on a batch of one)."""
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    compile_model(clone, training, steps_per_epoch=1)
    loss = clone.train_on_batch(inputs, labels_for(training, label), return_dict=True)["loss"]
    return float(loss), clone


def probe_of(model):
    """Traced once for each loss, which a bare model is not."""
    return Probe(model, find_recipe("R2").experiment)


@pytest.mark.parametrize(
    ("name", "data_format"),
    [*((name, "channels_last") for name in TRAININGS), ("categorical_crossentropy", "channels_first")],
)
def test_the_explained_step_matches_one_keras_step(name, data_format):
    training, (model, inputs) = plain(**TRAININGS[name]), open_model(data_format=data_format)
    probe = probe_of(model)
    loss, trained = train_once(model, training, inputs, 3)
    rng = np.random.default_rng(1)
    for layer, weights in list_trained_weights(model).items():
        for weight, shape in weights.items():
            index = tuple(int(rng.integers(size)) for size in shape)
            step = explain_step(probe, training, inputs, 3, layer, index, weight)
            real = next(w for w in trained.get_layer(layer).weights if w.name == weight).numpy()[index]
            assert step.after == pytest.approx(float(real), rel=1e-5, abs=1e-6), (layer, weight)
            assert step.loss + step.penalty == pytest.approx(loss, rel=1e-5)
            assert step.is_exact
    assert (step.scale < 1) == (name == "clipping")


@pytest.mark.parametrize("name", TRAININGS)
def test_terms_per_class_sum_to_the_loss_of_keras(name):
    training, (model, inputs) = plain(**TRAININGS[name]), open_model(SHALLOW)
    step = explain_step(model, training, inputs, 1, "dense1", (0, 0))
    assert step.terms.sum() == pytest.approx(step.loss, rel=1e-5)
    assert step.target.sum() == pytest.approx(1)
    assert step.target.argmax() == 1


@pytest.mark.parametrize("name", ["categorical_crossentropy", "label smoothing", "sparse_categorical_crossentropy"])
def test_the_last_layers_gradient_is_input_times_probability_minus_target(name):
    training, (model, inputs) = plain(**TRAININGS[name]), open_model(SHALLOW)
    probe, p = probe_of(model), np.asarray(model(inputs))[0]
    y = np.eye(5)[2] * (1 - training.label_smoothing) + training.label_smoothing / 5
    for unit in range(5):
        step = explain_step(probe, training, inputs, 2, "dense1", (7, unit))
        assert step.gradient == pytest.approx(inputs.reshape(-1)[7] * (p - y)[unit], rel=1e-4, abs=1e-7)
        assert step.errors == pytest.approx(p - y)
        bias = explain_step(probe, training, inputs, 2, "dense1", (unit,), "bias")
        assert bias.gradient == pytest.approx((p - y)[unit], rel=1e-4, abs=1e-7)


def test_the_new_weight_is_the_old_one_minus_rate_times_gradient():
    model, inputs = open_model()
    step = explain_step(model, plain(), inputs, 0, "conv1", (1, 2, 0, 1), rate=0.5)
    assert (step.rate, step.scale) == (0.5, 1.0)
    assert step.after == step.before - 0.5 * step.gradient
    assert step.before == float(model.get_layer("conv1").get_weights()[0][1, 2, 0, 1])
    assert explain_step(model, plain(), inputs, 0, "conv1", (1, 2, 0, 1), rate=0.0).after == step.before


def test_a_gradient_matches_finite_differences_of_the_loss():
    model, inputs = open_model()
    step = explain_step(model, plain(), inputs, 0, "conv1", (1, 2, 0, 1))
    losses = []
    for change in (-1e-2, 1e-2):
        twin = keras.models.clone_model(model)
        weights = model.get_weights()
        weights[0][1, 2, 0, 1] += change
        twin.set_weights(weights)
        moved = explain_step(twin, plain(), inputs, 0, "conv1", (1, 2, 0, 1))
        losses.append(moved.loss + moved.penalty)
    assert step.gradient == pytest.approx((losses[1] - losses[0]) / 2e-2, rel=2e-2)


def test_the_explanation_changes_no_weight():
    model, inputs = open_model()
    before = model.get_weights()
    explain_step(model, plain(clip_norm=1.0), inputs, 0, "conv1", (0, 0, 0, 0))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_a_probe_is_accepted_as_a_model():
    model, inputs = open_model()
    probe = probe_of(model)
    of_probe = explain_step(probe, plain(), inputs, 0, "conv1", (0, 0, 0, 0))
    assert of_probe.gradient == explain_step(model, plain(), inputs, 0, "conv1", (0, 0, 0, 0)).gradient
    model.set_weights([weight * 2 for weight in model.get_weights()])
    later = explain_step(probe, plain(), inputs, 0, "conv1", (0, 0, 0, 0))
    assert later.before == 2 * of_probe.before
    assert later.gradient == explain_step(model, plain(), inputs, 0, "conv1", (0, 0, 0, 0)).gradient


@pytest.mark.parametrize(
    ("changes", "layers", "difference"),
    [
        ({"optimizer": Adam()}, SHALLOW, "optimizer"),
        ({"optimizer": SGD(momentum=0.9)}, SHALLOW, "optimizer"),
        ({"schedule": {"kind": "step"}}, SHALLOW, "schedule"),
        ({"class_weight": "balanced"}, SHALLOW, "class_weight"),
        ({"precision": "mixed_bfloat16"}, SHALLOW, "precision"),
        ({}, (Dropout(), *SHALLOW), "dropout"),
        ({}, (BatchNormalization(), *SHALLOW), "batch_norm"),
        ({}, (RandomFlip(), *SHALLOW), "augmentation"),
    ],
)
def test_differences_from_the_steps_of_the_run_are_listed(changes, layers, difference):
    model, inputs = open_model(layers)
    step = explain_step(model, plain(**changes), inputs, 0, "dense1", (0, 0))
    assert step.differences == (difference,)
    assert not step.is_exact


def test_a_network_without_a_softmax_has_a_loss_and_no_errors():
    model, inputs = open_model((Flatten(), Dense(units=5), Activate(activation="tanh")))
    training = plain(loss="mse")
    step = explain_step(model, training, inputs, 2, "dense1", (0, 0))
    assert step.errors is None
    assert step.terms.sum() == pytest.approx(step.loss, rel=1e-5)
    assert step.loss == pytest.approx(train_once(model, training, inputs, 2)[0], rel=1e-5)


def test_a_probability_of_zero_has_the_loss_of_keras():
    model, inputs = open_model(SHALLOW)
    kernel = model.get_weights()[0]
    model.set_weights([kernel * 0, np.array([200, 0, 0, 0, 0], np.float32)])
    step = explain_step(model, plain(), inputs, 1, "dense1", (0, 0))
    assert step.probabilities[1] == 0
    assert step.loss == pytest.approx(train_once(model, plain(), inputs, 1)[0]) == pytest.approx(200)


@pytest.mark.parametrize("padding", ["same", "valid"])
def test_a_strided_kernel_of_one_pixel_behind_another_layer_does_not_crash_tensorflow(padding):
    strided = Conv2D(filters=10, kernel_size=1, strides=2, padding=padding)
    model, inputs = open_model((Conv2D(filters=3), strided, *LAYERS[2:]))
    probe = probe_of(model)
    for _ in range(50):
        assert np.isfinite(explain_step(probe, plain(), inputs, 0, "conv1", (0, 0, 0, 0)).gradient)


def test_an_unknown_weight_is_an_error_that_lists_the_choices():
    model, inputs = open_model()
    with pytest.raises(
        ValueError, match="No weight 'gamma' of a layer 'conv1' is trained; choose one of conv1: kernel"
    ):
        explain_step(model, plain(), inputs, 0, "conv1", (0,), "gamma")
    with pytest.raises(ValueError, match=r"kernel of conv1 has no place \(3, 0, 0, 0\); its shape is \(3, 3, 2, 3\)"):
        explain_step(model, plain(), inputs, 0, "conv1", (3, 0, 0, 0))
    with pytest.raises(ValueError, match="no class 5; choose one from 0 to 4"):
        explain_step(model, plain(), inputs, 5, "conv1", (0, 0, 0, 0))
