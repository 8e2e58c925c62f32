"""Draw: out-of-distribution check."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.figures.thumbnails import encode_png
from cnn_core.inspection import Probe
from cnn_core.inspection.robustness.novelty import (
    UNLIKE,
    Novelty,
    Reference,
    find_dataset,
    measure_novelty,
    prepare_reference,
)
from cnn_core.runs.store import RunRecord
from ui.draw.figures import Figure, render_figures
from ui.shared.answer import probe_or_wait
from ui.shared.datasets import cached_dataset
from ui.shared.probability_bars import format_share
from ui.text import explain, text, translate_core, words

_THUMBNAIL = 29  # screen pixels


def render_novelty(run: RunRecord, inputs: np.ndarray) -> None:
    """One line on how far the prepared input (1, …) lies from the training images, and the nearest of those."""
    probe = probe_or_wait(run)
    if probe is None:
        return
    try:
        reference = _prepare(run, probe)
        found = measure_novelty(probe, inputs, reference)
    except CnnLabError as error:
        st.caption(text("novelty.missing", why=explain(error)))
        return
    _render_verdict(run, found)
    _render_nearest(run, found, reference)


def _prepare(run: RunRecord, probe: Probe) -> Reference:
    """Kept with the model; the first time, a bar shows how far it is. Raises `CnnLabError`."""
    place, message = st.empty(), text("novelty.preparing")
    try:
        data = cached_dataset(find_dataset(run.experiment))
        return prepare_reference(probe, data, lambda share: _advance(place, share, message))
    finally:
        place.empty()


def _advance(place: st.delta_generator.DeltaGenerator, share: float, message: str) -> None:
    place.progress(share, text=message)


def _render_verdict(run: RunRecord, found: Novelty) -> None:
    nearer = format_share(found.nearer)
    if found.is_unlike:
        classes = len(DATASETS[run.experiment.dataset].class_names)
        st.markdown(f":material/help: **{text('novelty.unlike')}**", help=text("novelty.unlike_help", classes=classes))
        st.caption(text("novelty.unlike_why", share=nearer))
    else:
        like_help = text("novelty.like_help", share=nearer, limit=format_share(UNLIKE))
        st.markdown(f":material/check: {text('novelty.like')}", help=like_help)


def _render_nearest(run: RunRecord, found: Novelty, reference: Reference) -> None:
    info = DATASETS[reference.dataset]
    images = cached_dataset(reference.dataset).x_train[found.indices]
    note = (
        "" if reference.dataset == run.experiment.dataset else text("novelty.stand_in", name=translate_core(info.title))
    )
    st.caption(f"{text('novelty.nearest')} {note}".strip(), help=text("novelty.nearest_help"))
    names = words(info.class_names)
    is_short = all(len(name) <= 2 for name in names)
    figures = []
    for image, label, away in zip(images, found.labels, found.distances, strict=True):
        name = names[label]
        caption = name if is_short else name[:4]
        alt = text("novelty.thumbnail", label=name, distance=f"{away:.2f}")
        figures.append(Figure(encode_png(image), caption, alt=alt))
    render_figures(figures, _THUMBNAIL, gap=4)
