"""Steps from ink to network input, with switches for cropping and centering."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import crop_to_ink, place_by_mass, place_in_middle, scale_to_box, shrink_sheet
from cnn_core.runs.store import RunRecord
from ui.server.models import predict_drawing
from ui.session.state import remembered
from ui.shared.answer import network_view, probe_or_wait
from ui.shared.maps import ink_picture, render_maps
from ui.shared.model_picker import sign_of
from ui.shared.probability_bars import format_share
from ui.text import join_sentences, text, words
from ui.text.plain import plain

_CROP, _CENTRE = "draw.steps.crop", "draw.steps.centre"


def render_steps(runs: Sequence[RunRecord], ink: np.ndarray | None) -> None:
    st.fragment(_render)(tuple(runs), ink)


def _render(runs: Sequence[RunRecord], ink: np.ndarray | None) -> None:
    if ink is None:
        st.caption(text("draw.first"))
        return
    with st.container(horizontal=True):
        crop = st.toggle(
            text("steps.crop"), True, key=remembered(_CROP), help=text("steps.crop_help"), persist_state="session"
        )
        centre = st.toggle(
            text("steps.centre"),
            True,
            key=remembered(_CENTRE),
            help=text("steps.centre_help"),
            disabled=not crop,
            persist_state="session",
        )
    steps = list_steps(ink, crop, centre)
    pictures = [ink_picture(text(f"steps.{name}"), "×".join(map(str, values.shape)), values) for name, values in steps]
    final = steps[-1][1]
    pictures.append(network_view(text("steps.final"), final, runs[0].experiment))
    render_maps(pictures, key="draw-steps", strip=True, tile=120)
    for run in runs:
        probe = probe_or_wait(run)
        if probe is None:
            return
        names = words(DATASETS[run.experiment.dataset].class_names)
        probabilities = predict_drawing(run, probe, final)
        said_of = text(
            "steps.answer",
            model=f"{sign_of(run)} {plain(run.name)}",
            label=names[int(probabilities.argmax())],
            share=format_share(float(probabilities.max())),
        )
        if not (crop and centre):
            usual = predict_drawing(run, probe, list_steps(ink, True, True)[-1][1])
            best = int(usual.argmax())
            more = text("steps.usual", label=names[best], share=format_share(float(usual[best])))
            said_of = join_sentences((said_of, more))
        st.markdown(said_of)


def list_steps(ink: np.ndarray, crop: bool, centre: bool) -> list[tuple[str, np.ndarray]]:
    """Name and image of each step, from the sheet (H, W) to what is (28, 28); all 0–1."""
    if not crop:
        return [("raw", shrink(ink)), ("shrunk", shrink_sheet(ink))]
    cropped = crop_to_ink(ink)
    scaled = scale_to_box(cropped)
    placed = place_by_mass(scaled) if centre else place_in_middle(scaled)
    return [
        ("raw", shrink(ink)),
        ("cropped", shrink(cropped)),
        ("scaled", scaled),
        ("placed" if centre else "middle", placed),
    ]


def shrink(ink: np.ndarray) -> np.ndarray:
    """Every fourth pixel: enough for a small image of the sheet."""
    return ink[::4, ::4] if max(ink.shape) > 60 else ink
