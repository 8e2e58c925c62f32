"""Saved drawings and their predictions, shared by all pages and sessions."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from cnn_core.evaluation.own_scores import OwnAnswers
from cnn_core.runs import default_runs_dir
from cnn_core.runs.own_drawings import FOLDER, OwnDrawing, list_drawings


def drawings_folder() -> Path:
    return default_runs_dir() / FOLDER


def saved_drawings() -> list[OwnDrawing]:
    """Newest first. `drawing.ink` is what `choose_ink` and `centre_ink` take; `drawing.label` is the true digit."""
    return list_drawings(drawings_folder())


def own_answers() -> OwnAnswers:
    return _answers(drawings_folder())


@st.cache_resource(show_spinner=False)
def _answers(folder: Path) -> OwnAnswers:
    return OwnAnswers()
