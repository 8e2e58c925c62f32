"""How the selected layer works, for layers without a window: a curve, a row of numbers, a sum."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnn_core.architecture import Anatomy, LayerAnatomy, format_shape
from cnn_core.architecture.layers import Activate, Dense, Flatten, Layer
from cnn_core.data.catalog import DATASETS
from ui.components import read_asset
from ui.state import Bench
from ui.text import text

_WORDS = ("input", "output", "row", "column", "channel", "place", "sum", "weight", "bias")

_concept = st.components.v2.component(
    "cnn_lab_concept",
    html="""<div class="concept"><div class="sliders"></div>
<div class="shown"><div class="drawing"></div><div class="said"></div></div></div>""",
    css=read_asset("concept.css"),
    js=read_asset("concept.js"),
)


def render_concept(bench: Bench, anatomy: Anatomy) -> None:
    layer = next((x for x in bench.design.architecture.layers if x.name == bench.selected), None)
    row = next((r for r in anatomy.rows if r.name == bench.selected), None)
    demo = _choose(bench, layer, row) if layer and row else None
    if demo is None or layer is None or row is None:
        st.caption(text("concept.none"))
        return
    shape = format_shape(row.input_shape, bench.design.architecture.data_format)
    values = {"layer": layer.name, "shape": shape, "units": row.output_shape[-1], "activation": demo["activation"]}
    st.caption(text(f"concept.{demo['demo']}", **values))
    _concept(key="design-concept", data={**demo, "words": {name: text(f"concept.{name}") for name in _WORDS}})


def _choose(bench: Bench, layer: Layer, row: LayerAnatomy) -> dict[str, Any] | None:
    activation = getattr(layer, "activation", "linear")
    names = DATASETS[bench.design.dataset].class_names
    common = {"activation": activation, "names": list(names), "shape": list(row.input_shape)}
    if activation == "softmax" and isinstance(layer, (Dense, Activate)) and row.output_shape == (len(names),):
        return {"demo": "softmax", **common}
    if isinstance(layer, Activate) and activation != "softmax":
        return {"demo": "activation", **common}
    if isinstance(layer, Dense):
        return {"demo": "dense", **common}
    if isinstance(layer, Flatten) and len(row.input_shape) == 3:
        return {"demo": "flatten", **common, "first": bench.design.architecture.data_format == "channels_first"}
    return None
