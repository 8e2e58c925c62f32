"""Small trained networks for what is asked of an answer: in both formats, with both scalings."""

import keras
import numpy as np

from cnn_core import Experiment, TrainingConfig, build_model
from cnn_core.architecture.layers import Conv2D, Dense, Flatten
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.data.datasets.digits import load_digits_28x28
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection import Probe


def learn_digits(data_format="channels_last", scaling="unit", epochs=4):
    """A probe of a small network after some epochs of `digits`."""
    layers = (
        Conv2D(filters=4, kernel_size=5, strides=3, activation="relu"),
        Flatten(),
        Dense(units=24, activation="relu"),
        Dense(units=10, activation="softmax"),
    )
    experiment = Experiment(
        name="small",
        architecture=ArchitectureSpec(name="small", layers=layers, data_format=data_format),
        dataset="digits",
        training=TrainingConfig(input_scaling=scaling),
    )
    keras.utils.set_random_seed(1)
    model = build_model(experiment.architecture)
    images, labels = load_digits_28x28()[:2]
    inputs = prepare_images(images, scaling, data_format)
    rate = 0.01 if scaling == "unit" else 0.001
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    model.fit(inputs, labels, batch_size=64, epochs=epochs, verbose=0)
    return Probe(model, experiment)


def held_out(probe):
    """The prepared test images of `digits`, and their labels."""
    images, labels = load_digits_28x28()[2:]
    experiment = probe.experiment
    return prepare_images(images, experiment.training.input_scaling), labels


def accuracy(probe):
    inputs, labels = held_out(probe)
    return float(np.mean(probe.predict_inputs(inputs).argmax(axis=1) == labels))
