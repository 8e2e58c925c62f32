"""Pixels and labels → what a model is fed. One path for training, drawings and data-set images."""

from __future__ import annotations

import numpy as np

from cnn_core.architecture.spec import DataFormat
from cnn_core.experiment import Experiment
from cnn_core.experiment.training import Scaling


def prepare_images(images: np.ndarray, scaling: Scaling, data_format: DataFormat) -> np.ndarray:
    """uint8 (N, H, W, C) → float32, scaled to 0–1 or left raw, with the channel axis where the model wants it."""
    x = images.astype(np.float32)
    if scaling == "unit":
        x /= 255.0
    if data_format == "channels_first":
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))  # (N, C, H, W)
    return x


def prepare_ink(ink: np.ndarray, experiment: Experiment) -> np.ndarray:
    """float32 (28, 28) centred ink, 0–1 → one input of this experiment's model, with a batch axis of 1.

    A model of another size gets the picture rescaled, one of colour the same grey in each channel.
    """
    height, width, channels = experiment.architecture.input_shape
    if (height, width) != ink.shape:
        from PIL import Image

        resized = Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR)
        ink = np.asarray(resized, dtype=np.float32)
    pixels = np.rint(ink * 255).astype(np.uint8)  # the same 256 levels that training images have
    image = np.repeat(pixels[np.newaxis, :, :, np.newaxis], channels, axis=3)  # (1, H, W, C)
    return prepare_images(image, experiment.training.input_scaling, experiment.architecture.data_format)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N,) class indices → float32 (N, classes) with a single 1 per row."""
    return np.eye(classes, dtype=np.float32)[labels]


def to_picture(inputs: np.ndarray, experiment: Experiment) -> np.ndarray:
    """The first of the prepared inputs (N, …) → float32 (H, W, C), 0–1, whatever the model's format and scaling."""
    picture = inputs[0].astype(np.float32)
    if experiment.architecture.data_format == "channels_first":
        picture = picture.transpose(1, 2, 0)  # (C, H, W) → (H, W, C)
    return picture / full_ink(experiment)


def to_inputs(pictures: np.ndarray, experiment: Experiment) -> np.ndarray:
    """float32 pictures (N, H, W, C), 0–1 → prepared inputs (N, …) of this experiment's model."""
    inputs = (pictures * full_ink(experiment)).astype(np.float32)
    if experiment.architecture.data_format == "channels_first":
        inputs = inputs.transpose(0, 3, 1, 2)  # (N, C, H, W)
    return np.ascontiguousarray(inputs)


def full_ink(experiment: Experiment) -> np.float32:
    """The number that stands for full ink in a prepared input: 1, or 255 where pixels are left raw."""
    return np.float32(1.0 if experiment.training.input_scaling == "unit" else 255.0)
