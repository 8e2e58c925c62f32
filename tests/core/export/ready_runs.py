"""Runs that look trained without any training: a network with random weights, as a run folder holds it."""

import numpy as np

from cnn_core import ArchitectureSpec, Experiment, RunStore, build_model
from cnn_core.architecture.layers import (
    LAYER_TYPES,
    Activate,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    MaxPooling2D,
    RandomBrightness,
    RandomContrast,
    RandomFlip,
    RandomGaussianBlur,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
    ResidualBlock,
    SeparableConv2D,
    SpatialDropout2D,
)
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.snapshots import save_snapshot

PICTURES = (
    RandomFlip(),
    RandomRotation(),
    RandomTranslation(),
    RandomZoom(stretch=0.2),
    RandomShear(),
    RandomGaussianBlur(),
    RandomBrightness(),
    RandomContrast(),
    Conv2D(filters=6, kernel_size=3, dilation_rate=2, activation="leaky_relu", l2=0.01),
    BatchNormalization(),
    MaxPooling2D(strides=1, padding="same"),
    Activate(activation="gelu"),
    SpatialDropout2D(),
    DepthwiseConv2D(kernel_size=2, depth_multiplier=2, dilation_rate=2),
    ResidualBlock(filters=5, strides=2, activation="elu"),
    SeparableConv2D(filters=4, activation="silu", padding="same"),
    AveragePooling2D(padding="same"),
)
ENDINGS = {
    "flat": (Flatten(), Dropout(), Dense(units=7, activation="tanh"), Dense(units=10, activation="softmax")),
    "pooled": (GlobalAveragePooling2D(), Dense(units=10, activation="softmax")),
}
assert {layer.kind for layer in (*PICTURES, *ENDINGS["flat"], *ENDINGS["pooled"])} == set(LAYER_TYPES)


def every_layer(ending="flat", data_format="channels_last", input_shape=(28, 28, 1)):
    """A network with layers of all kinds."""
    return ArchitectureSpec(layers=PICTURES + ENDINGS[ending], data_format=data_format, input_shape=input_shape)


def random_weights(model, seed=0):
    """Of a size that keeps outputs near 1; variances are positive."""
    rng = np.random.default_rng(seed)
    drawn = []
    for weight in model.weights:
        values = rng.normal(size=weight.shape) / np.sqrt(max(1, np.prod(weight.shape[:-1])))
        drawn.append((np.abs(values) + 0.5 if "variance" in weight.path else values).astype(np.float32))
    return drawn


def random_model(spec, seed=0):
    model = build_model(spec)
    model.set_weights(random_weights(model, seed))
    return model


def random_inputs(model, count=3, seed=0):
    return np.random.default_rng(seed).random((count, *model.input_shape[1:])).astype(np.float32)


def make_experiment(spec, dataset="digits", **training):
    spec = spec.with_input(DATASETS[dataset].image_shape)
    return Experiment(name="ready", architecture=spec, dataset=dataset, training=TrainingConfig(**training))


def make_run(runs_dir, experiment, epochs=2, steps=3, seed=0):
    """A completed run of `epochs` epochs of `steps` steps; its weights are those of `random_weights(seed + epoch)`."""
    folder = RunStore(runs_dir).create(experiment)
    model = build_model(experiment.architecture)
    writer = folder.writer()
    writer.emit("state", state="running")
    writer.emit(
        "plan",
        epochs=epochs,
        steps_per_epoch=steps,
        samples=steps * 10,
        parameters=model.count_params(),
        watched="test",
    )
    for epoch in range(epochs + 1):
        save_snapshot(folder.weights_dir, epoch, random_weights(model, seed + epoch))
        for step in range(1, steps + 1) if epoch else ():
            figures = {"loss": 1 / (epoch * step), "accuracy": 0.1 * step}
            writer.emit("batch", epoch=epoch, step=step, samples=step * 10, learning_rate=0.01 * step, **figures)
        if epoch:
            writer.emit(
                "epoch",
                epoch=epoch,
                samples=steps * 10,
                loss=1 / epoch,
                accuracy=0.2 * epoch,
                val_loss=2 / epoch,
                val_accuracy=0.3 * epoch,
                learning_rate=0.5**epoch,
                seconds=1.0,
            )
    model.set_weights(random_weights(model, seed + epochs))
    model.save(folder.model_path)
    writer.emit("result", test_loss=0.25, test_accuracy=0.75, seconds=2.0, epoch=epochs)
    writer.emit("state", state="completed")
    return RunStore(runs_dir).find(folder.id)
