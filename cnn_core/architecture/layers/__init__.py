"""Layer types: one class each, with Keras's name, arguments and defaults. See `base` for how to add one."""

# The order of these imports is that of the menu in Design.
# isort: off
from cnn_core.architecture.layers.base import IGNORE_UNKNOWN, LAYER_TYPES, Layer, LayerSpec, register_layer
from cnn_core.architecture.layers.fields import Activation, Initializer, Padding
from cnn_core.architecture.layers.traits import UNKNOWN, Traits, register_traits, traits_of
from cnn_core.architecture.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from cnn_core.architecture.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D, Pooling2D
from cnn_core.architecture.layers.dense import Dense, Flatten
from cnn_core.architecture.layers.elementwise import Activate, BatchNormalization, Dropout, SpatialDropout2D
from cnn_core.architecture.layers.residual import ResidualBlock
from cnn_core.architecture.layers.augmentation import (
    RandomAugmentation,
    RandomBrightness,
    RandomContrast,
    RandomFlip,
    RandomGaussianBlur,
    RandomRotation,
    RandomShear,
    RandomTranslation,
    RandomZoom,
)
# isort: on

__all__ = [
    "IGNORE_UNKNOWN",
    "LAYER_TYPES",
    "UNKNOWN",
    "Activate",
    "Activation",
    "AveragePooling2D",
    "BatchNormalization",
    "Conv2D",
    "Dense",
    "DepthwiseConv2D",
    "Dropout",
    "Flatten",
    "GlobalAveragePooling2D",
    "Initializer",
    "Layer",
    "LayerSpec",
    "MaxPooling2D",
    "Padding",
    "Pooling2D",
    "RandomAugmentation",
    "RandomBrightness",
    "RandomContrast",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomRotation",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ResidualBlock",
    "SeparableConv2D",
    "SpatialDropout2D",
    "Traits",
    "register_layer",
    "register_traits",
    "traits_of",
]
