"""Draw: selection of additional models."""

from __future__ import annotations

import streamlit as st

from cnn_core.runs.store import RunRecord
from ui.session.state import remembered, set_widget, widget_value
from ui.shared.model_picker import label_runs, list_models
from ui.text import text

AT_MOST = 4
_KEY = "draw.more"


def render_more_models(run: RunRecord) -> list[RunRecord]:
    """Up to three others that answer the same drawing; the choice holds while the visitor stays."""
    others = {other.id: other for other in list_models() if other.id != run.id}
    chosen = [run_id for run_id in widget_value(_KEY, []) if run_id in others]
    if chosen != widget_value(_KEY, []):  # deleted meanwhile, or chosen as the first
        set_widget(_KEY, chosen)
    labels = label_runs(others.values())
    wanted = st.multiselect(
        text("draw.more"),
        list(others),
        format_func=labels.__getitem__,
        key=remembered(_KEY),
        max_selections=AT_MOST - 1,
        select_all=False,
        placeholder=text("draw.more_hint"),
        help=text("draw.more_help"),
        persist_state="session",
    )
    return [others[run_id] for run_id in wanted]
