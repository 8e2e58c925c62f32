"""Spec → `keras.Model`. The only module of this package that loads TensorFlow, and only when called."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.spec import ArchitectureSpec

if TYPE_CHECKING:
    import keras

INPUT_NAME = "input"


def build_model(spec: ArchitectureSpec) -> keras.Model:
    """Builds the untrained functional model; layers have the spec's names (parts of a residual block begin with it).

    Input: float32 (batch, H, W, C), or (batch, C, H, W) with `channels_first`. Seed Keras before calling to get the
    same weights each time. Raises `LayerProblem` if a layer does not fit its input.

    Example:
        >>> build_model(find_recipe("R2").experiment.architecture).output_shape
        (None, 10)
    """
    anatomy = compute_anatomy(spec)  # our sentences instead of Keras's traceback
    import keras

    height, width, channels = spec.input_shape
    shape = (channels, height, width) if spec.data_format == "channels_first" else (height, width, channels)
    inputs = keras.Input(shape, name=free_name(INPUT_NAME, {layer.name for layer in spec.layers}))
    outputs = inputs
    for layer, row in zip(spec.layers, anatomy.rows, strict=True):
        # In mixed precision the probabilities themselves are computed in full.
        dtype = "float32" if layer is spec.layers[-1] else None
        outputs = layer.connect(outputs, row.input_shape, spec.data_format, dtype)
    return keras.Model(inputs, outputs, name=_keras_name(spec.name))


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or `name` with the first free number appended."""
    while name in taken:
        name += "_"
    return name


def _keras_name(name: str) -> str:
    """A name that TensorFlow takes for a root scope: ASCII, starting with a letter or a digit.

    Example:
        >>> _keras_name("(test)"), _keras_name("café 2"), _keras_name("网络")
        ('test_', 'cafe_2', 'model')
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]", "_", ascii_name).lstrip("_") or "model"
