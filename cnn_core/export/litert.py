"""Keras model → LiteRT (TensorFlow Lite), for mobile devices."""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.channels_last import to_channels_last
from cnn_core.architecture.layers import Layer
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import ModelError

if TYPE_CHECKING:
    import keras


def convert_to_litert(model: keras.Model, spec: ArchitectureSpec, description: str = "") -> bytes:
    """The content of a `.tflite` file. `model` is a trained network of `spec`, for which `explain_refusal` is empty.

    `description` is kept in the file's field of that name.

    Its input is float32 (N, H, W, C), channels last whatever the network's own format: LiteRT's convolutions take no
    other, and the converter's way around that breaks dilated kernels.
    """
    import keras
    import tensorflow as tf

    twin = _build_twin(model, spec)
    signature = [tf.TensorSpec((None, *twin.input_shape[1:]), tf.float32, name="images")]
    archive = keras.export.ExportArchive()
    archive.track(twin)
    # Explicit, because random augmentation layers are active unless `training` is False.
    archive.add_endpoint("serve", lambda images: twin(images, training=False), signature)
    with TemporaryDirectory() as scratch:
        archive.write_out(scratch, verbose=False)
        content = tf.lite.TFLiteConverter.from_saved_model(scratch).convert()
    return _with_description(content, description)


def _with_description(content: bytes, description: str) -> bytes:
    from tensorflow.lite.tools import flatbuffer_utils

    file = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    file.description = description
    return bytes(flatbuffer_utils.convert_object_to_bytearray(file))


def explain_refusal(spec: ArchitectureSpec) -> str:
    """Why LiteRT does not support a network; empty if it does."""
    if spec.data_format == "channels_last":
        return ""
    for layer, row in zip(spec.layers, compute_anatomy(spec).rows, strict=True):
        reason = _explain_layer(layer, row.output_shape)
        if reason:
            return str(reason)
    return ""


def _explain_layer(layer: Layer, output_shape: tuple[int, ...]) -> ModelError | None:
    """What Keras does in channels_first only, along the last axis, where LiteRT has the channels."""
    if len(output_shape) != 3:
        return None
    _, width, channels = output_shape
    if getattr(layer, "activation", "") == "softmax":
        return ModelError(
            "{name}: with channels_first, softmax goes along the rows of pixels, which a LiteRT file can't do; "
            "choose another activation there, or the data format channels_last, and train again.",
            name=layer.name,
        )
    if getattr(layer, "use_bias", False) and width == channels > 1:
        # keras.ops.add takes a vector as long as the last axis for one that belongs there (Keras 3.15).
        return ModelError(
            "{name}: with channels_first and an output as wide as it has channels ({channels}), Keras adds the biases "
            "along the rows of pixels, which a LiteRT file can't do; choose another number of channels, or no bias, or "
            "the data format channels_last, and train again.",
            name=layer.name,
            channels=channels,
        )
    return None


def _build_twin(model: keras.Model, spec: ArchitectureSpec) -> keras.Model:
    """A channels_last clone with no padding where none is needed."""
    import keras

    if spec.data_format == "channels_first":
        model = to_channels_last(model)
    twin: keras.Model = keras.models.clone_model(model, clone_function=_clone_layer)
    twin.set_weights(model.get_weights())
    return twin


def _clone_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
    config = layer.get_config()
    # If strides leave pixels over, LiteRT's fast kernels (XNNPACK) read "same" as a negative padding.
    slides = hasattr(layer, "kernel_size") and hasattr(layer, "padding")  # a blur has only a kernel
    if slides and layer.padding == "same" and not _is_padded(layer):
        config["padding"] = "valid"
    return type(layer).from_config(config)


def _is_padded(layer: keras.layers.Layer) -> bool:
    """Whether "same" puts zeros around this convolution's input; images are square here, as in every dataset."""
    size_in, size_out = layer.input.shape[1], layer.output.shape[1]
    window = (layer.kernel_size[0] - 1) * layer.dilation_rate[0] + 1
    return bool((size_out - 1) * layer.strides[0] + window > size_in)
