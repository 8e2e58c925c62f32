"""Model picker, shared by all pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from cnn_core.palette import style_of
from cnn_core.runs.store import DEFAULT_RUN, SCAN_RUN, RunRecord
from ui.server.resources import get_store
from ui.session.state import session
from ui.shared.formats import format_percent
from ui.text import text

_READ_DRAWINGS = ("home", "draw")  # pages that begin with the model that reads handwriting best


def list_models() -> list[RunRecord]:
    """Runs with a trained model, newest first, bundled last."""
    return [run for run in get_store().list_runs().runs if run.has_model]


def current_model(models: Sequence[RunRecord], page: str) -> RunRecord:
    """The chosen model, or the page's own to begin with while none is chosen or the chosen one is not there."""
    wanted = session().run_id
    first = first_model(page)
    return next((run for run in models if run.id == wanted), first)


def first_model(page: str) -> RunRecord:
    """The model before one is chosen: of all pages that show a drawing, the one that reads handwriting best."""
    shows_drawing = page in _READ_DRAWINGS or (page == "layers" and session().ink is not None)
    return get_store().find(SCAN_RUN if shows_drawing else DEFAULT_RUN)


def choose_model(run: RunRecord) -> None:
    """From now on it is looked at, on all pages."""
    session().run_id = run.id


def sign_of(run: RunRecord) -> str:
    """The experiment's sign in its color, as Markdown."""
    style = style_of(run.style)
    return f":{style.name}[{style.sign}]"


def label_of(run: RunRecord) -> str:
    """Marker and name of a run, with a suffix that makes equal names unique."""
    accuracy = run.history.test_accuracy
    shown = format_accuracy(accuracy) if accuracy is not None else text(f"states.{run.state}")
    return f"{style_of(run.style).sign} {run.name} · {run.experiment.dataset} · {shown} · {origin_of(run)}"


def origin_of(run: RunRecord) -> str:
    return text("bar.bundled") if run.bundled else format_time(run.created)


def label_runs(runs: Iterable[RunRecord]) -> dict[str, str]:
    """A label of its own for each id: Streamlit tells options apart by their labels. A repeat gets a prime."""
    labels: dict[str, str] = {}
    for run in sorted(runs, key=lambda run: run.created):
        label = label_of(run)
        while label in labels.values():
            label += " ′"
        labels[run.id] = label
    return labels


def render_model_picker(page: str) -> RunRecord:
    """Choose among trained models; the choice holds on all pages."""
    models = list_models()
    ids = [run.id for run in models]
    labels, shown = label_runs(models), current_model(models, page).id
    chosen = st.selectbox(
        text("bar.model"),
        ids,
        index=ids.index(shown),
        format_func=labels.__getitem__,
        key=f"model-{page}",
        help=text("bar.model_help"),
    )
    run = next(run for run in models if run.id == chosen)
    if chosen != shown:
        choose_model(run)
    return run


def format_accuracy(value: float | None) -> str:
    """0.98765 → 98.77 %; a dash for None."""
    return format_percent(value, 2)


def format_time(created: float) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(created).strftime(text("formats.day"))
