"""Layers → the Python that builds them: Keras's names, only what differs from Keras's defaults."""

from __future__ import annotations

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.architecture.builder import free_name
from cnn_core.architecture.spec import ArchitectureSpec


def write_model(spec: ArchitectureSpec, float32_output: bool = False) -> str:
    """Code that makes `model`: `keras.Sequential`, or the functional API where a residual block branches.

    `float32_output`: in mixed precision the probabilities themselves are computed in full.
    """
    height, width, channels = spec.input_shape
    first = spec.data_format == "channels_first"
    shape = (channels, height, width) if first else (height, width, channels)
    if any(layer.is_block for layer in spec.layers):
        return _write_functional(spec, shape, float32_output)
    names = {layer.name for layer in spec.layers}
    apart = f', name="{free_name("input_layer", names)}"' if "input_layer" in names else ""  # Sequential's own choice
    rows = [f"keras.Input({shape}{apart})", *(layer.write(spec.data_format) for layer in spec.layers)]
    if float32_output:
        rows[-1] = _in_float32(rows[-1])
    return "\n".join(["model = keras.Sequential([", *(f"    {row}," for row in rows), "])"])


def _in_float32(call: str) -> str:
    return call.removesuffix(")") + ', dtype="float32")'


def _write_functional(spec: ArchitectureSpec, shape: tuple[int, ...], float32_output: bool) -> str:
    lines = [f"inputs = x = keras.Input({shape})"]
    for layer, row in zip(spec.layers, compute_anatomy(spec).rows, strict=True):
        block = layer.write_block(row.input_shape, spec.data_format)
        if float32_output and layer is spec.layers[-1]:
            block[-1] = _in_float32(block[-1].removesuffix("(x)")) + "(x)"
        lines += block
    return "\n".join([*lines, "model = keras.Model(inputs, x)"])
