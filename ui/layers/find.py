"""Finds dataset images by class or among mistakes."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.metrics import find_surest_mistakes
from cnn_core.runs.store import RunRecord
from ui.results.source import KEPT, ask
from ui.session.state import remembered
from ui.text import explain, text, words

_ANY = -1


def render_find(run: RunRecord, source: str, labels: np.ndarray) -> np.ndarray | None:
    """What "next" goes through: indices in their order, or None for all images."""
    names = words(DATASETS[run.experiment.dataset].class_names)
    with st.popover(text("layers.find"), icon=":material/search:"):
        wanted = st.selectbox(
            text("layers.class"),
            [_ANY, *range(len(names))],
            format_func=lambda label: text("layers.any_class") if label == _ANY else names[label],
            key=remembered("layers.class"),
            persist_state="session",
        )
        wrong = source == "test" and st.toggle(
            text("layers.only_wrong"),
            key=remembered("layers.wrong"),
            help=text("layers.only_wrong_help"),
            persist_state="session",
        )
        found = _find_mistakes(run) if wrong else None
        if wanted != _ANY:
            found = np.flatnonzero(labels == wanted) if found is None else found[labels[found] == wanted]
        if found is not None:
            st.caption(text("layers.found", count=f"{len(found):,}"))
    return found


def step_to(found: np.ndarray | None, index: int, step: int, last: int) -> int:
    """The image before or after this one, of those that were found; round at the ends."""
    if found is None:
        return (index + step) % (last + 1)
    if not len(found):
        return index
    place = np.flatnonzero(found == index)
    if len(place):
        return int(found[(place[0] + step) % len(found)])
    return int(found[0 if step > 0 else -1])


def _find_mistakes(run: RunRecord) -> np.ndarray | None:
    """The test images that the kept model gets wrong, those it is surest of first; None while it is being asked."""
    answers = ask(run, KEPT)
    if not answers.done():
        st.caption(text("layers.asking"))
    try:
        predictions = answers.result().predictions
    except CnnLabError as error:
        st.caption(explain(error))
        return None
    return find_surest_mistakes(predictions.probabilities, predictions.labels)
