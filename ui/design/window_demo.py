"""How the selected layer works: one image at a time, out of those that fit the layer."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture import Anatomy, LayerAnatomy
from cnn_core.architecture.layers import (
    Layer,
)
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from ui.design.concept_demo import render_concept
from ui.design.sliding_demo import render_sliding
from ui.session.model import DesignDraft
from ui.session.state import remembered
from ui.text import text

SLIDING = ("window", "whole")
_FIRST = ("softmax", "window", "activation")  # what is shown of a layer before anybody has chosen; else the first


def render_window_demo(draft: DesignDraft, anatomy: Anatomy) -> None:
    row = next((row for row in anatomy.rows if row.name == draft.selected), None)
    if row is None:
        st.info(text("window.mend_first"), icon=":material/build:")
        return
    layer = next(x for x in draft.design.architecture.layers if x.name == row.name)
    view = _choose_view(list_views(draft.design, layer, row))
    if view is None:
        st.caption(text("concept.none"))
    elif view in SLIDING:
        render_sliding(draft.design, layer, row, view)
    else:
        render_concept(draft.design, layer, row, view)


def list_views(design: Experiment, layer: Layer, row: LayerAnatomy) -> list[str]:
    """The images that explain this layer, in the order of the numbers' way through it."""
    architecture = design.architecture
    activation = getattr(layer, "activation", "linear")
    classes = len(DATASETS[design.dataset].class_names)
    answers = layer == architecture.layers[-1] and row.output_shape == (classes,)
    slides = bool(layer.traits.slides or layer.traits.reduction)
    arithmetic = layer.traits.arithmetic
    fits = {
        "window": slides,
        "whole": slides,
        "dense": arithmetic == "dense",
        "dropout": layer.traits.training_only == "dropout",
        "flatten": arithmetic == "flatten" and len(row.input_shape) == 3,
        "activation": activation not in ("linear", "softmax") or (arithmetic == "activation" and not answers),
        "softmax": answers and activation == "softmax",
        "label": answers,
        "step": answers,
        "parameters": layer.split_parameters(row.input_shape) is not None,
        "channels": len(row.input_shape) == 3 and (layer == architecture.layers[0] or arithmetic == "flatten"),
    }
    return [name for name, fitting in fits.items() if fitting]


def _choose_view(views: list[str]) -> str | None:
    if len(views) < 2:
        return views[0] if views else None
    first = next((name for name in _FIRST if name in views), views[0])
    return st.segmented_control(
        text("concept.question"),
        views,
        default=first,
        format_func=lambda name: text(f"concept.view_{name}"),
        key=remembered(f"design.view.{'-'.join(views)}"),  # layers with the same images share the choice
        label_visibility="collapsed",
        persist_state="session",
        required=True,
    )
