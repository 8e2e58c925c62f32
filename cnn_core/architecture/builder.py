"""Spec → `keras.Model`. The only module of this package that loads TensorFlow, and only when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.spec import ArchitectureSpec, LayerSpec

if TYPE_CHECKING:
    import keras

INPUT_NAME = "input"


def build_model(spec: ArchitectureSpec) -> keras.Model:
    """An untrained functional model; every layer carries its spec's name.

    Input: float32 (batch, H, W, C), or (batch, C, H, W) with `channels_first`. Seed Keras before calling to have
    the same weights each time. Raises `SpecError` where a layer does not fit its input.
    """
    compute_anatomy(spec)  # our sentences instead of Keras's traceback
    import keras

    height, width, channels = spec.input_shape
    shape = (channels, height, width) if spec.data_format == "channels_first" else (height, width, channels)
    inputs = keras.Input(shape, name=_free_name(INPUT_NAME, {layer.name for layer in spec.layers}))
    outputs = inputs
    for layer in spec.layers:
        outputs = _build_layer(layer, spec.data_format)(outputs)
    return keras.Model(inputs, outputs, name=_keras_name(spec.name))


def _free_name(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _build_layer(layer: LayerSpec, data_format: str) -> keras.layers.Layer:
    import keras

    arguments: dict[str, Any] = layer.model_dump(exclude={"kind"})
    if layer.kind in ("Conv2D", "MaxPooling2D", "AveragePooling2D", "Flatten"):
        arguments["data_format"] = data_format
    return getattr(keras.layers, layer.kind)(**arguments)


def _keras_name(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)
