"""Example of a glossary term."""

from __future__ import annotations

import numpy as np
import streamlit as st
from PIL import Image

from cnn_core.architecture import compute_anatomy
from cnn_core.data.ink import centre_ink
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.learning.glossary import Term, build_example
from cnn_core.learning.glossary_tables import TABLES
from cnn_core.runs.store import DEFAULT_RUN
from ui.server.resources import get_store
from ui.shared.answer import EXAMPLE_DIGIT, example_ink, probe_or_wait
from ui.shared.maps import Picture, ink_picture, render_maps
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.shared.watches import render_live
from ui.text import text

_SLIDING = ("window", "whole")
_TURNS = (0, -12, 10, -6, 14)  # degrees
_SHIFTS = ((0, 0), (2, -1), (-2, 1), (1, 2), (-1, -2))  # pixels, down and right


def render_example(term: Term) -> None:
    if term.layer:
        _render_layer(term)
    elif term.table:
        _render_table(term.table)
    elif term.picture == "augmented":
        _render_augmented()
    elif term.picture:
        render_live("saliency", _render_saliency)


def _render_layer(term: Term) -> None:
    design = build_example(term.layer)
    row = next(row for row in compute_anatomy(design.architecture).rows if row.name == term.layer)
    layer = next(layer for layer in design.architecture.layers if layer.name == term.layer)
    if term.view in _SLIDING:
        from ui.design.sliding_demo import render_sliding

        render_sliding(design, layer, row, term.view)
    else:
        from ui.design.concept_demo import render_concept

        render_concept(design, layer, row, term.view)


def _render_table(name: str) -> None:
    table = TABLES[name]()
    head = [text(f"glossary_view.column_{column}") for column in table.columns]
    lines = [f"| {' | '.join(head)} |", "|" + "---:|" * len(head), *(f"| {' | '.join(row)} |" for row in table.rows)]
    st.markdown("\n".join(lines))
    st.caption(text(f"glossary_view.table_{name}"))


def _render_augmented() -> None:
    """Our example digit, a little turned and moved: what a network is shown instead of the same image again."""
    ink = centre_ink(example_ink())
    pictures = []
    for angle, shift in zip(_TURNS, _SHIFTS, strict=True):
        turned = Image.fromarray(np.rint(ink * 255).astype(np.uint8)).rotate(angle, Image.Resampling.BILINEAR)
        pictures.append(Thumbnail(np.roll(np.asarray(turned), shift, axis=(0, 1))[..., np.newaxis]))
    render_strip(text("glossary_view.augmented"), pictures, key="glossary-augmented")
    st.caption(text("glossary_view.augmented"))


def _render_saliency() -> None:
    probe = probe_or_wait(get_store().find(DEFAULT_RUN), height=160)
    if probe is None:
        return
    from cnn_core.inspection.attribution.gradients import compute_saliency

    ink = centre_ink(example_ink())
    values = compute_saliency(probe, prepare_ink(ink, probe.experiment), EXAMPLE_DIGIT)
    pictures = [
        ink_picture(text("maps.input"), "", ink),
        Picture(text("glossary_terms.saliency"), "", values),
    ]
    render_maps(pictures, key="glossary-saliency", strip=True, tile=168)
    st.caption(text("glossary_view.saliency", digit=EXAMPLE_DIGIT))
