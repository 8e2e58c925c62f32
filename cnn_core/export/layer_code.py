"""Layers → the Python that builds them: Keras's names, only what differs from Keras's defaults."""

from __future__ import annotations

from typing import Any

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.builder import free_name, layer_arguments, residual_parts
from cnn_core.architecture.layers import Layer, ResidualBlock
from cnn_core.architecture.spec import ArchitectureSpec

_POSITIONAL = {
    "Conv2D": ("filters", "kernel_size"),
    "SeparableConv2D": ("filters", "kernel_size"),
    "DepthwiseConv2D": ("kernel_size",),
    "MaxPooling2D": ("pool_size",),
    "AveragePooling2D": ("pool_size",),
    "Dropout": ("rate",),
    "SpatialDropout2D": ("rate",),
    "Activation": ("activation",),
    "Dense": ("units",),
    "RandomFlip": ("mode",),
    "RandomRotation": ("factor",),
    "RandomTranslation": ("height_factor", "width_factor"),
    "RandomZoom": ("height_factor",),
    "RandomShear": ("x_factor",),
    "RandomGaussianBlur": ("factor", "kernel_size", "sigma"),
    "RandomBrightness": ("factor", "value_range"),
    "RandomContrast": ("factor", "value_range"),
}
_DEFAULTS: dict[str, Any] = {"data_format": "channels_last", "axis": -1, "fill_mode": "reflect"}


def write_model(spec: ArchitectureSpec, float32_output: bool = False) -> str:
    """Code that makes `model`: `keras.Sequential`, or the functional API where a residual block branches.

    `float32_output`: in mixed precision the probabilities themselves are computed in full.
    """
    height, width, channels = spec.input_shape
    first = spec.data_format == "channels_first"
    shape = (channels, height, width) if first else (height, width, channels)
    if any(isinstance(layer, ResidualBlock) for layer in spec.layers):
        return _write_functional(spec, shape, float32_output)
    names = {layer.name for layer in spec.layers}
    apart = f', name="{free_name("input_layer", names)}"' if "input_layer" in names else ""  # Sequential's own choice
    rows = [f"keras.Input({shape}{apart})", *(write_layer(layer, spec.data_format) for layer in spec.layers)]
    if float32_output:
        rows[-1] = _in_float32(rows[-1])
    return "\n".join(["model = keras.Sequential([", *(f"    {row}," for row in rows), "])"])


def write_layer(layer: Layer, data_format: str) -> str:
    """One layer's constructor call, `layers.Conv2D(32, 3, activation="relu", name="conv1")`."""
    kind = type(layer).model_fields["kind"].default
    arguments = layer_arguments(layer, data_format)
    given = [repr_value(arguments.pop(name)) for name in _POSITIONAL.get(kind, ())]
    name = arguments.pop("name")
    l2 = arguments.pop("l2", 0)
    for key, value in arguments.items():
        field = type(layer).model_fields.get(key)
        default = field.default if field else _DEFAULTS.get(key)
        if value != default:
            given.append(f"{key}={repr_value(value)}")
    if l2:
        given.append(f"kernel_regularizer=keras.regularizers.L2({l2!r})")
    return f"layers.{kind}({', '.join([*given, f'name={repr_value(name)}'])})"


def repr_value(value: object) -> str:
    """Python source of a plain value, strings in double quotes."""
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _in_float32(call: str) -> str:
    return call.removesuffix(")") + ', dtype="float32")'


def _write_functional(spec: ArchitectureSpec, shape: tuple[int, ...], float32_output: bool) -> str:
    lines = [f"inputs = x = keras.Input({shape})"]
    for layer, row in zip(spec.layers, compute_anatomy(spec).rows, strict=True):
        if not isinstance(layer, ResidualBlock):
            call = write_layer(layer, spec.data_format)
            lines.append(f"x = {_in_float32(call) if float32_output and layer is spec.layers[-1] else call}(x)")
            continue
        inner, shortcut = residual_parts(layer, row.input_shape[2])
        lines.append("around = x")
        lines += [f"x = {write_layer(part, spec.data_format)}(x)" for part in inner]
        if shortcut:
            lines.append(f"around = {write_layer(shortcut, spec.data_format)}(around)")
        lines.append(f'x = layers.Add(name="{layer.name}_add")([x, around])')
        lines.append(f'x = layers.Activation("{layer.activation}", name="{layer.name}_out")(x)')
    return "\n".join([*lines, "model = keras.Model(inputs, x)"])
