"""What goes visibly wrong in a run, and what to try, in sentences."""

from __future__ import annotations

import streamlit as st

from cnn_core.diagnosis.diagnose import Diagnostic, find_diagnostics
from cnn_core.runs.store import RunRecord
from ui.text import text

_STRIDE = 10  # new points after which it is worth looking again


def render_remarks(run: RunRecord) -> None:
    """At most three; nothing for a run that goes well."""
    for remark in list_remarks(run):
        sentence = text(f"remarks.{remark.code}", **remark.values)
        advice = text(f"remarks.{remark.code}_try", **remark.values)
        st.markdown(f":material/lightbulb: {sentence}  \n{text('remarks.try', advice=advice)}")


def list_remarks(run: RunRecord) -> tuple[Diagnostic, ...]:
    """The same for all who look at a run at one time: found once."""
    history = run.history
    points = len(history.batches) // _STRIDE
    seen = (run.state, points, len(history.epochs), len(history.layer_stats), len(history.interventions))
    return _find(str(run.folder.path), seen, run)


@st.cache_resource(max_entries=16, show_spinner=False)
def _find(path: str, seen: tuple[object, ...], _run: RunRecord) -> tuple[Diagnostic, ...]:
    return find_diagnostics(_run)
