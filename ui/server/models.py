"""Trained models opened once and shared by all sessions."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.inspection import Probe, load_probe
from cnn_core.runs.store import RunRecord


def open_probe(run: RunRecord) -> Probe:
    """The run's model, from the cache while its file is unchanged. Raises `ModelError`."""
    return _open(run.id, str(run.folder.model_path), _stamp(run), run)


def predict_drawing(run: RunRecord, probe: Probe, centred: np.ndarray) -> np.ndarray:
    """Probabilities (classes,) for centerd ink (28, 28); what was asked a moment ago is not worked out again."""
    return _predict(run.id, _stamp(run), centred, probe)


def _stamp(run: RunRecord) -> int:
    path = run.folder.model_path
    return path.stat().st_mtime_ns if path.exists() else 0


@st.cache_data(max_entries=200, show_spinner=False)
def _predict(run_id: str, changed: int, centred: np.ndarray, _probe: Probe) -> np.ndarray:
    return _probe.predict_ink(centred)


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(run_id: str, path: str, changed: int, _run: RunRecord) -> Probe:
    return load_probe(_run.folder)
