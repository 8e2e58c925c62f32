"""Concept demos of layers without a window: curves, numbers, sums, one training step."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import streamlit as st

from cnn_core.architecture import LayerAnatomy, format_shape
from cnn_core.architecture.layers import Dropout, Layer, SpatialDropout2D
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from ui.components import read_asset
from ui.design.demo_inputs import whole_picture
from ui.text import text, words
from ui.text.plain import plain

_WORDS = (
    *("input", "output", "row", "column", "channel", "place", "sum", "weight", "bias", "yours", "more"),
    *("inputs", "units", "channels", "filters", "kernel_size", "depth_multiplier", "unit", "filter", "kernel"),
    *("rows", "columns", "turn", "in_memory", "beside_last", "beside_first", "one_channel"),
    *("truth", "probability", "share", "label", "predicted", "loss", "accuracy", "right", "wrong"),
    *("rule", "rate", "loss_curve", "do_step", "restart", "steps_done", "away"),
    *("dropout_when", "training", "predicting", "next_step", "dropped", "nothing_dropped"),
)
_SCRIPTS = (
    "design/concept_parts.js",
    "design/concept_numbers.js",
    "design/concept_channels.js",
    "design/concept_learning.js",
    "design/concept_dropout.js",
    "design/concept.js",
)

_concept = st.components.v2.component(
    "cnn_lab_concept",
    html="""<div class="concept"><div class="controls"></div>
<div class="shown"><div class="drawing"></div><div class="said"></div></div></div>
""",
    css=read_asset("design/concept.css"),
    js="\n".join(map(read_asset, _SCRIPTS)),
)


def render_concept(design: Experiment, layer: Layer, row: LayerAnatomy, view: str) -> None:
    training, shape = design.training, format_shape(row.input_shape, design.architecture.data_format)
    st.caption(
        text(
            f"concept.about_{view}",
            layer=plain(layer.name),
            shape=shape,
            units=row.output_shape[-1],
            activation=getattr(layer, "activation", "linear"),
            loss=training.loss,
            optimizer=training.optimizer.kind,
            rate=f"{training.learning_rate:g}",
        )
    )
    _concept(key="design-concept", data=describe_concept(design, layer, row, view))


def describe_concept(design: Experiment, layer: Layer, row: LayerAnatomy, view: str) -> dict[str, Any]:
    """What the component needs for one image; `shape` is always (height, width, channels) or (units,)."""
    data: dict[str, Any] = {
        "demo": view,
        "activation": getattr(layer, "activation", "linear"),
        "names": list(words(DATASETS[design.dataset].class_names)),
        "shape": list(row.input_shape),
        "first": design.architecture.data_format == "channels_first",
        "words": {name: text(f"concept.{name}") for name in _WORDS}
        | {"percent": text("formats.share", percent="{percent}")},
    }
    if view == "parameters" and (parts := layer.split_parameters(row.input_shape)):
        data |= asdict(parts)
    if view == "channels" and row.input_shape == design.architecture.input_shape:
        data["picture"] = whole_picture(design).astype(float).round(2).tolist()
    if isinstance(layer, (Dropout, SpatialDropout2D)):
        data |= {"rate": layer.rate, "whole_channels": isinstance(layer, SpatialDropout2D)}
    if view in ("label", "step"):
        training = design.training
        data |= {"loss": training.loss, "optimizer": training.optimizer.kind, "rate": training.learning_rate}
    return data
