"""How the selected layer works: its own window, strides and padding on the pixels of a drawing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import streamlit as st
from PIL import Image

from cnn_core.architecture import Anatomy, LayerAnatomy
from cnn_core.architecture.layers import Conv2D, DepthwiseConv2D, Layer, Pooling2D, SeparableConv2D
from cnn_core.data.ink import centre_ink
from cnn_core.figures.kernels import build_kernels
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.runs.store import BUNDLED_DIR
from ui.answer import example_ink
from ui.components import read_asset
from ui.concept_demo import render_concept
from ui.state import Bench, lab
from ui.text import text

_SIDE_AT_MOST = 14  # pixels of input shown: enough to see a digit, few enough to read the numbers
_TRAINED_RUNS = {3: "three-conv-3x3-valid", 5: "lenet-5"}
_FIRST_KERNEL = "vertical_edges"

_window = st.components.v2.component(
    "cnn_lab_window",
    html="""<div class="window"><div class="stage"><canvas class="input"></canvas>
<div class="kernel"><select></select><div></div></div><canvas class="output"></canvas></div>
<div class="sum" aria-live="off"></div><div class="sizes"></div>
<div class="steps"><button type="button"></button><button type="button"></button><button type="button"></button>
<button type="button"></button><label class="speed"></label><input type="range" min="1" max="30"></div></div>
""",
    css=read_asset("window.css"),
    js=read_asset("window.js"),
)


def render_window_demo(bench: Bench, anatomy: Anatomy) -> None:
    if bench.selected not in {row.name for row in anatomy.rows}:
        st.info(text("window.mend_first"), icon=":material/build:")
        return
    layer, row = _choose_layer(bench, anatomy)
    if layer is None or row is None:
        render_concept(bench, anatomy)
        return
    side = min(_SIDE_AT_MOST, *row.input_shape[:2])
    st.caption(text("window.intro", layer=layer.name, side=side))
    pixels = _pixels(side)
    size = layer.pool_size if isinstance(layer, Pooling2D) else layer.kernel_size  # type: ignore[attr-defined]
    operation = {"MaxPooling2D": "max", "AveragePooling2D": "mean"}.get(row.kind, "conv")
    kernels = _kernels(size) if operation == "conv" else {}
    data = {
        "input": np.round(pixels, 3).tolist(),
        "layer": {
            "op": operation,
            "size": size,
            "strides": layer.step if isinstance(layer, Pooling2D) else layer.strides,  # type: ignore[attr-defined]
            "padding": layer.padding,  # type: ignore[attr-defined]
            "dilation": getattr(layer, "dilation_rate", 1),
        },
        "kernels": [
            {"name": name, "title": text(f"window.{name}"), "values": values.tolist()}
            for name, values in kernels.items()
        ],
        "first": _FIRST_KERNEL,
        "words": {
            name: text(f"window.{name}")
            for name in ("play", "pause", "step", "back", "end", "speed", "kernel", "own", "sizes", "nofit")
        },
    }
    _window(key="design-window", data=data)


def _choose_layer(bench: Bench, anatomy: Anatomy) -> tuple[Layer | None, LayerAnatomy | None]:
    """The selected layer if it has a window, else the first one that has."""
    windows = (Conv2D, DepthwiseConv2D, SeparableConv2D, Pooling2D)
    rows = {row.name: row for row in anatomy.rows}
    fitting = [x for x in bench.design.architecture.layers if isinstance(x, windows) and x.name in rows]
    layer = next((x for x in fitting if x.name == bench.selected), None)
    if layer is None and not bench.selected:
        layer = next(iter(fitting), None)
    return layer, rows[layer.name] if layer else None


def _kernels(size: int) -> dict[str, np.ndarray]:
    """Those made by hand, and the strongest one of a bundled network's first layer where one has this size."""
    kernels = build_kernels(size)
    if size in _TRAINED_RUNS:
        weights_dir = BUNDLED_DIR / _TRAINED_RUNS[size] / "weights"
        first = load_snapshot(weights_dir, list_snapshots(weights_dir)[-1])[0][:, :, 0, :]  # (k, k, filters)
        kernels["trained"] = first[:, :, int(np.abs(first).sum(axis=(0, 1)).argmax())]
    return kernels


def _pixels(side: int) -> np.ndarray:
    """The drawing, or our example digit, as (side, side) ink 0–1."""
    ink = lab().ink
    picture = Image.fromarray((_example() if ink is None else centre_ink(ink))[3:25, 3:25])
    return np.clip(np.asarray(picture.resize((side, side), Image.Resampling.BOX), dtype=np.float32), 0, 1)


@lru_cache(maxsize=1)
def _example() -> np.ndarray:
    return centre_ink(example_ink())
