"""Output of the augmentation layers for sample images."""

from __future__ import annotations

import numpy as np

from cnn_core.architecture.augmentation import augmentation_layers
from cnn_core.architecture.spec import ArchitectureSpec


def augment_images(images: np.ndarray, spec: ArchitectureSpec, seed: int = 0) -> np.ndarray:
    """uint8 (N, H, W, C) → the same shape and type, through Keras's own layers; the same seed, the same images."""
    pictures = images.astype(np.float32)
    for index, layer in enumerate(augmentation_layers(spec)):
        arguments = layer.arguments("channels_last")
        full = arguments.get("value_range", (0, 255))[1]  # what the layer takes for full ink
        built = layer.keras_class()(**arguments, seed=seed + index)
        pictures = np.asarray(built(pictures * (full / 255), training=True)) * (255 / full)
    return np.clip(np.rint(pictures), 0, 255).astype(np.uint8)
