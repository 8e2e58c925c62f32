"""A run as files: one button per format, each made when it is asked for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.export.formats import FORMATS, export_run, name_file
from cnn_core.runs.store import RunRecord
from ui.server.waiting import is_ready, render_wait
from ui.shared.watches import render_live
from ui.text import explain, text, text_or

_KEPT = 4  # files in memory, for all sessions together: a large network's has 100 MB


def render_downloads(run: RunRecord) -> None:
    """A popover; its content is drawn, as a fragment of its own, while it is open."""
    with st.popover(
        text("downloads.open"),
        icon=":material/download:",
        help=text("downloads.open_help"),
        key=f"downloads-{run.id}",
        on_change="rerun",
    ) as popover:
        if popover.open:
            render_live(f"formats.{run.id}", partial(_render_formats, run))


def _render_formats(run: RunRecord) -> None:
    if not is_ready():
        render_wait(0)
    absences: list[str] = []
    for format_, form in FORMATS.items():
        absence = FORMATS[format_].explain_absence(run)
        if absence:
            absences.append(absence)
        elif is_ready() or not form.needs_tensorflow:
            _render_button(run, format_)
    for absence in dict.fromkeys(absences):
        st.caption(explain(absence))


def _render_button(run: RunRecord, format_: str) -> None:
    make = partial(_make, run, format_)
    clicked = st.download_button(
        text_or(f"downloads.{format_}", FORMATS[format_].title),
        make,
        file_name=name_file(run, format_),
        mime=FORMATS[format_].mime,
        help=text_or(f"downloads.{format_}_help", FORMATS[format_].summary),
        key=f"download-{format_}-{run.id}",
        width="stretch",
    )
    if clicked:  # the browser asks for the file at the same time; both wait for one making
        try:
            make()
        except CnnLabError as error:
            st.error(explain(error), icon=":material/error:")


def _make(run: RunRecord, format_: str) -> bytes:
    path = run.folder.model_path
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return _export(str(run.folder.path), format_, changed, run.history.last_time, run)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _export(path: str, format_: str, changed: int, last_time: float, _run: RunRecord) -> bytes:
    return export_run(_run, format_)
