"""A channels_first model converted to channels_last, once, so that everything that looks into models has one layout."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    Shape = tuple[int | None, ...]


def to_channels_last(model: keras.Model) -> keras.Model:
    """Clones a channels_first functional model as channels_last, with copies of its weights and the same outputs.

    Input: float32 (batch, H, W, C) instead of (batch, C, H, W). Layers keep their names. Kernels have the same shape in
    both layouts, and Keras's `Flatten` gives the same order in both, so the weights fit without change.

    Keras applies softmax along the last axis whatever the layout, and with channels_first it adds a bias along the last
    axis too if there are as many columns as filters (`add` in keras/src/backend/tensorflow/numpy.py, Keras 3.15). In
    the clone these layers have `along_columns` set and give the same values as before, transposed.

    Example:
        >>> spec = ArchitectureSpec(layers=(Conv2D(filters=4),), input_shape=(8, 6, 2), data_format="channels_first")
        >>> to_channels_last(build_model(spec)).input_shape
        (None, 8, 6, 2)
    """
    import keras

    _, channels, height, width = model.input_shape
    inputs = keras.Input((height, width, channels), name=model.inputs[0].name)
    tensors = [inputs] if isinstance(model.input, list) else inputs  # the structure that the model itself has
    twin: keras.Model = keras.models.clone_model(model, input_tensors=tensors, clone_function=_convert)
    twin.set_weights(model.get_weights())
    return twin


def _convert(layer: keras.layers.Layer) -> keras.layers.Layer:
    import keras

    kind: Any = type(layer)
    if _works_along_columns(layer):
        return _along_columns(kind).from_config(layer.get_config())
    config = layer.get_config()
    if "data_format" in config:
        config["data_format"] = "channels_last"
    if isinstance(layer, keras.layers.BatchNormalization) and len(layer.output.shape) == 4:
        config["axis"] = -1
    converted: keras.layers.Layer = kind.from_config(config)
    return converted


def _works_along_columns(layer: keras.layers.Layer) -> bool:
    """Whether a layer on maps (batch, C, H, W) operates along Keras's last axis, the columns."""
    import keras

    shape = layer.output.shape
    if len(shape) != 4:
        return False
    is_softmax = getattr(layer, "activation", None) is keras.activations.softmax
    return is_softmax or (getattr(layer, "use_bias", False) and shape[1] == shape[3] > 1)


@lru_cache(maxsize=16)
def _along_columns(kind: Any) -> Any:
    """A subclass that takes and returns channels_last maps and computes as its base class does with channels_first."""
    import keras

    class AlongColumns(kind):
        along_columns = True

        def build(self, input_shape: Shape) -> None:
            super().build(_shape_first(input_shape))
            self.input_spec = None  # it is that of channels_first

        def call(self, inputs: Any) -> Any:
            outputs = super().call(keras.ops.transpose(inputs, (0, 3, 1, 2)))
            return keras.ops.transpose(outputs, (0, 2, 3, 1))

        def compute_output_spec(self, inputs: keras.KerasTensor) -> keras.KerasTensor:
            batch, channels, height, width = self.compute_output_shape(_shape_first(inputs.shape))
            return keras.KerasTensor((batch, height, width, channels), dtype=self.compute_dtype)

    AlongColumns.__name__ = kind.__name__
    return AlongColumns


def _shape_first(shape: Shape) -> Shape:
    batch, height, width, channels = shape
    return batch, channels, height, width
