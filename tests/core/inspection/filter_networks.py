"""Small networks of convolutions, opened, for the tests of what their filters do."""

import keras
import numpy as np

from cnn_core import ArchitectureSpec, Experiment, TrainingConfig, build_model
from cnn_core.inspection import Probe


def opened(layers, shape=(12, 12, 2), data_format="channels_last", scaling="unit"):
    keras.utils.set_random_seed(1)
    return probe_of(ArchitectureSpec(input_shape=shape, data_format=data_format, layers=layers), scaling)


def probe_of(spec, scaling="unit"):
    """Of a size that no dataset has: what an experiment checks is left unchecked."""
    training = TrainingConfig(input_scaling=scaling)
    return Probe(build_model(spec), Experiment.model_construct(architecture=spec, training=training))


def conv(name, filters, activation="relu", **more):
    return {"kind": "Conv2D", "name": name, "filters": filters, "activation": activation, **more}


def end():
    return [{"kind": "Flatten"}, {"kind": "Dense", "units": 10, "activation": "softmax"}]


def images(probe, count=20):
    """Prepared inputs of random pixels, 0 to 1."""
    return np.random.default_rng(0).random((count, *probe.model.input_shape[1:]), np.float32)


def maps_of(probe, layer, inputs):
    """Keras's own maps (N, H, W, C), channels last."""
    return keras.Model(probe.model.inputs, probe.model.get_layer(layer).output)([inputs]).numpy()
