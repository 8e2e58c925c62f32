"""Trained models opened once and shared by all sessions."""

from __future__ import annotations

import streamlit as st

from cnn_core.inspection import Probe, load_probe
from cnn_core.runs.store import RunRecord


def open_probe(run: RunRecord) -> Probe:
    """The run's model, from the cache while its file is unchanged. Raises `ModelError`."""
    path = run.folder.model_path
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _open(run.id, str(path), changed, run)


@st.cache_resource(max_entries=8, show_spinner=False)
def _open(run_id: str, path: str, changed: int, _run: RunRecord) -> Probe:
    return load_probe(_run.folder)
