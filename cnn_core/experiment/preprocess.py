"""Pixels and labels → model inputs. One path for training, drawings and dataset images.

Prepared inputs are float32 (N, H, W, C), scaled as the experiment wants them. Only training itself feeds a
channels_first model: `to_data_format` converts the inputs for it. Everything behind `Probe` is channels_last.
"""

from __future__ import annotations

import numpy as np

from cnn_core.architecture.spec import DataFormat
from cnn_core.errors import ImageError
from cnn_core.experiment import Experiment
from cnn_core.experiment.training import Scaling


def prepare_images(images: np.ndarray, scaling: Scaling, data_format: DataFormat = "channels_last") -> np.ndarray:
    """Converts uint8 images (N, H, W, C) to float32 inputs, scaled to 0–1 or left at 0–255."""
    x = images.astype(np.float32)
    if scaling == "unit":
        x /= 255.0
    return to_data_format(x, data_format)


def to_data_format(inputs: np.ndarray, data_format: DataFormat) -> np.ndarray:
    """Converts prepared inputs (N, H, W, C) to the layout of a model that trains: (N, C, H, W) for channels_first."""
    if data_format == "channels_first":
        return np.ascontiguousarray(inputs.transpose(0, 3, 1, 2))  # (N, C, H, W)
    return inputs


def prepare_any(images: np.ndarray, experiment: Experiment) -> np.ndarray:
    """Converts ordinary image arrays to prepared inputs (N, H, W, C) of this experiment.

    `images` is uint8 0–255 or float 0–1, of shape (H, W), (H, W, C), (N, H, W) or (N, H, W, C), where H, W and C are
    the experiment's. Raises `ImageError` for other shapes, types and ranges.

    Example:
        >>> prepare_any(np.zeros((28, 28)), find_recipe("R2").experiment).shape
        (1, 28, 28, 1)
    """
    images = np.asarray(images)
    batch = _to_batch(images, experiment.architecture.input_shape)
    if images.dtype == np.uint8:
        return prepare_images(batch, experiment.training.input_scaling)
    if images.dtype.kind != "f":
        raise ImageError(
            "Images are uint8 from 0 to 255 or float from 0 to 1, received {dtype}. Convert them, for example with "
            ".astype(np.uint8).",
            dtype=images.dtype,
        )
    low, high = (float(batch.min()), float(batch.max())) if batch.size else (0.0, 0.0)
    if not (low >= 0 and high <= 1):  # NaN as well
        raise ImageError(
            "Float images are from 0 to 1, received {low:g} to {high:g}. Divide by the largest value that a pixel can "
            "have, or pass uint8.",
            low=low,
            high=high,
        )
    return to_inputs(batch, experiment)


def _to_batch(images: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """(H, W), (H, W, C), (N, H, W) or (N, H, W, C) → (N, H, W, C)."""
    height, width, channels = shape
    if images.shape == shape:
        return images[np.newaxis]
    if images.ndim == 4 and images.shape[1:] == shape:
        return images
    if channels == 1 and images.ndim in (2, 3) and images.shape[-2:] == (height, width):
        return images.reshape(-1, *shape)
    allowed = ["(H, W, C)", "(N, H, W, C)"] if channels > 1 else ["(H, W)", "(H, W, C)", "(N, H, W)", "(N, H, W, C)"]
    raise ImageError(
        "Images of shape {received} don't fit this network. Pass {allowed} with H = {height}, W = {width}, C = "
        "{channels}.",
        received=images.shape,
        allowed=", ".join(allowed),
        height=height,
        width=width,
        channels=channels,
    )


def prepare_ink(ink: np.ndarray, experiment: Experiment) -> np.ndarray:
    """Converts centered ink, float32 (28, 28), 0–1, to one prepared input (1, H, W, C) of this experiment.

    The image is resized to the experiment's input size; every channel gets the same gray.
    """
    height, width, channels = experiment.architecture.input_shape
    if (height, width) != ink.shape:
        from PIL import Image

        resized = Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR)
        ink = np.asarray(resized, dtype=np.float32)
    pixels = np.rint(ink * 255).astype(np.uint8)  # the same 256 levels that training images have
    image = np.repeat(pixels[np.newaxis, :, :, np.newaxis], channels, axis=3)  # (1, H, W, C)
    return prepare_images(image, experiment.training.input_scaling)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N,) class indices → float32 (N, classes) with a single 1 per row."""
    return np.eye(classes, dtype=np.float32)[labels]


def to_picture(inputs: np.ndarray, experiment: Experiment) -> np.ndarray:
    """Converts the first of the prepared inputs (N, H, W, C) to float32 (H, W, C), 0–1, whatever the scaling."""
    return inputs[0].astype(np.float32) / full_ink(experiment)


def to_inputs(pictures: np.ndarray, experiment: Experiment) -> np.ndarray:
    """Converts float32 images (N, H, W, C), 0–1, to prepared inputs (N, H, W, C) of this experiment."""
    return (pictures * full_ink(experiment)).astype(np.float32)


def full_ink(experiment: Experiment) -> np.float32:
    """The number that stands for full ink in a prepared input: 1, or 255 where pixels are left raw."""
    return np.float32(1.0 if experiment.training.input_scaling == "unit" else 255.0)


def encode_labels(labels: np.ndarray, experiment: Experiment, classes: int) -> np.ndarray:
    """Class indices (N,) as the loss takes them: int32 (N,), or one-hot float32 (N, classes)."""
    if experiment.training.loss == "sparse_categorical_crossentropy":
        return labels.astype(np.int32)
    return one_hot(labels, classes)
