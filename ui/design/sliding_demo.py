"""Sliding window demo of a layer on real pixels with editable numbers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.architecture import LayerAnatomy
from cnn_core.architecture.layers import GlobalAveragePooling2D, Layer, Pooling2D, ResidualBlock
from cnn_core.experiment import Experiment
from cnn_core.figures.kernels import build_kernels
from cnn_core.palette import SIGNED
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.runs.store import BUNDLED_DIR
from ui.components import read_asset
from ui.design.demo_inputs import Channel, build_channels, build_grey
from ui.text import join_sentences, text
from ui.text.plain import plain

_SIDE_ALONE, _SIDE_OF_SEVERAL = 14, 8  # pixels of input: enough to see an image, few enough to read the numbers
_TRAINED_RUNS = {3: "three-conv-3x3-valid", 5: "lenet-5"}
_FIRST_KERNEL = "vertical_edges"
_WORDS = (
    *("play", "pause", "step", "back", "end", "speed", "clear", "reset", "kernel", "own", "bias", "weight", "output"),
    *("sizes", "size_valid", "size_same", "edge", "kept", "apart", "some"),
)

_sliding = st.components.v2.component(
    "cnn_lab_window",
    html="""<div class="window"><div class="stage"><div class="channels"></div><div class="result">
<canvas class="output" width="0" height="0"></canvas><div class="small">
<canvas width="0" height="0"></canvas><span>→</span><canvas width="0" height="0"></canvas></div></div></div>
<div class="sum" aria-live="off"></div><div class="sizes"></div>
<div class="steps"><button type="button"></button><button type="button"></button><button type="button"></button>
<button type="button"></button><label class="speed"></label><input type="range" min="1" max="30"></div>
<div class="pens"><button type="button"></button><button type="button"></button></div></div>
""",
    css=read_asset("design/window.css"),
    js="\n".join(
        map(
            read_asset,
            (
                "design/sliding.js",
                "design/sliding_paint.js",
                "design/window_fields.js",
                "design/window_draw.js",
                "design/window.js",
            ),
        )
    ),
)


def render_sliding(design: Experiment, layer: Layer, row: LayerAnatomy, view: str) -> None:
    """`view` is "window" (few pixels with their numbers, moving) or "whole" (the whole image, to draw on)."""
    data = describe_sliding(design, layer, row, view)
    side, count = len(data["channels"][0]["pixels"]), row.input_shape[2]
    about = text(f"window.about_{_about(data)}", layer=plain(layer.name), side=side, count=count)
    if isinstance(layer, ResidualBlock):
        about = join_sentences((about, text("window.block", layer=plain(layer.name))))
    st.caption(about)
    _sliding(key="design-window", data=data)


def _about(data: dict[str, Any]) -> str:
    layer, shown = data["layer"], len(data["channels"])
    if data["view"] == "whole":
        return "whole_made" if data["channels"][0]["role"] == "signed" else "whole"
    if layer["op"] != "conv":
        return "window"
    if layer["channels"] != "added":
        return f"window_{layer['channels']}"
    if layer["all"] == 1:
        return "window_alone"
    return "window_colours" if shown == layer["all"] and data["channels"][0]["role"] == "red" else "window_several"


def describe_sliding(design: Experiment, layer: Layer, row: LayerAnatomy, view: str) -> dict[str, Any]:
    """What the component needs: the input's channels, the window, the kernels to choose from, and the words."""
    operation = layer.traits.reduction or "conv"
    size, strides, padding = _window_of(layer)
    dilation = getattr(layer, "dilation_rate", 1)
    channels = _choose_channels(design, layer, row, reach=dilation * (size - 1) + 1)
    return {
        "view": view,
        "layer": {
            "op": operation,
            "size": size,
            "strides": strides,
            "padding": padding,
            "dilation": dilation,
            "channels": _sum_channels(layer),
            "bias": getattr(layer, "use_bias", False),
            "all": row.input_shape[2],
        },
        "channels": [_describe_channel(channel) for channel in channels],
        "kernels": _describe_kernels(size, several=len(channels) > 1) if operation == "conv" else [],
        "first": _FIRST_KERNEL,
        "signed": SIGNED,
        "words": {name: text(f"window.{name}") for name in _WORDS}
        | {"sentences": text("lists.sentences", before="{before}", sentence="{sentence}")},
    }


def _sum_channels(layer: Layer) -> str:
    """What becomes of the sums of the channels: added, kept apart, or weighted by a 1×1 convolution first."""
    if not layer.traits.depthwise:
        return "added"
    return "weighed" if layer.traits.pointwise else "apart"


def _window_of(layer: Any) -> tuple[int, int, str]:
    """Size, strides and padding; size 0 is a window as large as its input."""
    if isinstance(layer, GlobalAveragePooling2D):
        return 0, 1, "valid"
    if isinstance(layer, Pooling2D):
        return layer.pool_size, layer.step, layer.padding
    return layer.kernel_size, layer.strides, "same" if isinstance(layer, ResidualBlock) else layer.padding


def _choose_channels(design: Experiment, layer: Layer, row: LayerAnatomy, reach: int) -> list[Channel]:
    """The layer's input on fewer pixels, but always on enough for some steps of its window."""
    fits = min(row.input_shape[:2])
    if layer.traits.reduction:
        return build_grey(design, min(max(_SIDE_ALONE, reach + 4), fits))
    index = next(i for i, x in enumerate(design.architecture.layers) if x.name == layer.name)
    usual = _SIDE_ALONE if row.input_shape[2] == 1 else _SIDE_OF_SEVERAL
    return build_channels(design, index, row.input_shape[2], min(max(usual, reach + 4), fits))


def _describe_channel(channel: Channel) -> dict[str, Any]:
    return {
        "title": text(f"window.{channel.name}"),
        "role": channel.role,
        "margin": channel.margin,
        "pixels": np.round(channel.pixels.astype(float), 2).tolist(),  # what is shown is what is computed with
        "picture": np.round(channel.picture.astype(float), 2).tolist(),
    }


def _describe_kernels(size: int, several: bool) -> list[dict[str, Any]]:
    return [
        {"name": name, "title": text(f"window.{name}"), "values": values}
        for name, values in _kernels(size).items()
        if several or name != "nothing"
    ]


@lru_cache(maxsize=32)
def _kernels(size: int) -> dict[str, list[list[float]]]:
    """Those made by hand, and the strongest one of a bundled network's first layer where one has this size."""
    kernels = build_kernels(size)
    if size in _TRAINED_RUNS:
        weights_dir = BUNDLED_DIR / _TRAINED_RUNS[size] / "weights"
        first = load_snapshot(weights_dir, list_snapshots(weights_dir)[-1])[0][:, :, 0, :]  # (k, k, filters)
        kernels["trained"] = first[:, :, int(np.abs(first).sum(axis=(0, 1)).argmax())]
    kernels["nothing"] = np.zeros((size, size), np.float32)
    return {name: np.round(values.astype(float), 4).tolist() for name, values in kernels.items()}
