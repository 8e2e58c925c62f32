"""Spec → `keras.Model`. The only module of this package that loads TensorFlow, and only when called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.costs import has_shortcut_kernel
from cnn_core.architecture.layers import Activate, BatchNormalization, Conv2D, Layer, ResidualBlock
from cnn_core.architecture.spec import ArchitectureSpec

if TYPE_CHECKING:
    import keras

INPUT_NAME = "input"
_WITH_DATA_FORMAT = (
    "Conv2D",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "MaxPooling2D",
    "AveragePooling2D",
    "GlobalAveragePooling2D",
    "SpatialDropout2D",
    "Flatten",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "RandomShear",
    "RandomGaussianBlur",
    "RandomBrightness",
    "RandomContrast",
)
_MOVING_PIXELS = ("RandomRotation", "RandomTranslation", "RandomZoom", "RandomShear")


def build_model(spec: ArchitectureSpec) -> keras.Model:
    """An untrained functional model; every layer carries its spec's name (a residual block's parts begin with it).

    Input: float32 (batch, H, W, C), or (batch, C, H, W) with `channels_first`. Seed Keras before calling to have
    the same weights each time. Raises `LayerProblem` where a layer does not fit its input.
    """
    anatomy = compute_anatomy(spec)  # our sentences instead of Keras's traceback
    import keras

    height, width, channels = spec.input_shape
    shape = (channels, height, width) if spec.data_format == "channels_first" else (height, width, channels)
    inputs = keras.Input(shape, name=free_name(INPUT_NAME, {layer.name for layer in spec.layers}))
    outputs = inputs
    for layer, row in zip(spec.layers, anatomy.rows, strict=True):
        if isinstance(layer, ResidualBlock):
            outputs = _add_residual_block(layer, outputs, row.input_shape[2], spec.data_format)
        else:
            # In mixed precision the probabilities themselves are computed in full.
            dtype = "float32" if layer is spec.layers[-1] else None
            outputs = _build_layer(layer, spec.data_format, dtype)(outputs)
    return keras.Model(inputs, outputs, name=_keras_name(spec.name))


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or the first name longer than it that is not taken."""
    while name in taken:
        name += "_"
    return name


def layer_arguments(layer: Layer, data_format: str) -> dict[str, Any]:
    """Keyword arguments of the Keras class `layer.kind`, an L2 factor still as the number it is."""
    arguments = layer.model_dump(exclude={"kind"})
    kind = type(layer).model_fields["kind"].default
    if kind in _WITH_DATA_FORMAT:
        arguments["data_format"] = data_format
    if kind == "BatchNormalization" and data_format == "channels_first":
        arguments["axis"] = 1
    if kind == "RandomTranslation":
        factor = arguments.pop("factor")
        arguments |= {"height_factor": factor, "width_factor": factor}
    elif kind == "RandomZoom":
        arguments["height_factor"] = factor = arguments.pop("factor")
        if stretch := arguments.pop("stretch"):
            arguments["width_factor"] = min(1.0, round(factor + stretch, 6))
    elif kind == "RandomShear":
        # To either side all the same: Keras draws the side apart. It writes one number down as a range that it refuses
        # to read.
        arguments["x_factor"] = (0.0, arguments.pop("factor"))
    elif kind == "RandomGaussianBlur":
        arguments["factor"] = (arguments["factor"], arguments["factor"])  # one number would be half as many pictures
    elif kind in ("RandomBrightness", "RandomContrast"):
        arguments["factor"] = (arguments.pop("lower"), arguments.pop("upper"))
    if "highest" in arguments:
        arguments["value_range"] = (0, arguments.pop("highest"))
    if kind in _MOVING_PIXELS:
        arguments["fill_mode"] = "constant"  # what comes in from outside is paper
    return arguments


def residual_parts(layer: ResidualBlock, channels: int) -> tuple[list[Layer], Layer | None]:
    """The block's layers in order, and the 1×1 convolution on the way around them, if it needs one."""

    def conv(part: str, kernel_size: int, strides: int) -> Conv2D:
        return Conv2D(
            name=f"{layer.name}_{part}",
            filters=layer.filters,
            kernel_size=kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,  # the normalisation behind it has one
        )

    inner: list[Layer] = [
        conv("conv1", layer.kernel_size, layer.strides),
        BatchNormalization(name=f"{layer.name}_norm1"),
        Activate(name=f"{layer.name}_act1", activation=layer.activation),
        conv("conv2", layer.kernel_size, 1),
        BatchNormalization(name=f"{layer.name}_norm2"),
    ]
    shortcut = conv("shortcut", 1, layer.strides) if has_shortcut_kernel(layer, channels) else None
    return inner, shortcut


def _add_residual_block(layer: ResidualBlock, inputs: Any, channels: int, data_format: str) -> Any:
    import keras

    inner, shortcut = residual_parts(layer, channels)
    outputs = inputs
    for part in inner:
        outputs = _build_layer(part, data_format)(outputs)
    around = _build_layer(shortcut, data_format)(inputs) if shortcut else inputs
    outputs = keras.layers.Add(name=f"{layer.name}_add")([outputs, around])
    return keras.layers.Activation(layer.activation, name=f"{layer.name}_out")(outputs)


def _build_layer(layer: Layer, data_format: str, dtype: str | None = None) -> keras.layers.Layer:
    import keras

    arguments = layer_arguments(layer, data_format)
    if dtype:
        arguments["dtype"] = dtype
    l2 = arguments.pop("l2", 0)
    if l2:
        arguments["kernel_regularizer"] = keras.regularizers.L2(l2)
    return getattr(keras.layers, type(layer).model_fields["kind"].default)(**arguments)


def _keras_name(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)
