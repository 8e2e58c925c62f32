"""Fine-tuned runs: progress, and scores before and after."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnn_core.runs.fine_tuning import read_evaluation
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_store
from ui.session.state import set_widget
from ui.shared.model_picker import format_accuracy, format_time, sign_of
from ui.shared.navigation import link_to
from ui.shared.probability_bars import format_share
from ui.shared.watches import rerun_with_runs
from ui.text import explain, text
from ui.text.plain import plain

_AT_MOST = 5


def list_fine_tuned() -> list[RunRecord]:
    """Newest first."""
    return [run for run in get_store().list_runs().runs if run.folder.facts.drawings]


def render_results() -> None:
    """Redraws itself while one of them is under way."""
    _render(any(run.is_active for run in list_fine_tuned()[:_AT_MOST]))


def render_before_after(run: RunRecord) -> None:
    """Table of `evaluation.json`; nothing for a run that was not fine-tuned or has not started."""
    judged = read_evaluation(run.folder)
    if "before" not in judged:
        return
    rows = [f"| | {text('tune.before')} | {text('tune.after')} |", "| :-- | --: | --: |"]
    for name in ("held_out", "learned", "test_accuracy"):
        cells = [_show(judged.get(when), name) for when in ("before", "after")]
        rows.append(f"| {text(f'tune.{name}')} | {cells[0]} | {cells[1]} |")
    st.markdown("\n".join(rows))


def _show(figures: dict[str, Any] | None, name: str) -> str:
    if figures is None or figures[name] is None:
        return "–"
    if name == "test_accuracy":
        return format_accuracy(figures[name])
    score = figures[name]
    share = format_share(score["true_share"])
    return text("tune.figures", right=score["right"], count=score["count"], share=share)


@st.fragment
def _render(was_active: bool) -> None:
    runs = list_fine_tuned()[:_AT_MOST]
    rerun_with_runs("tuned", runs)
    used = []
    for run in runs:
        with st.container(border=True, key=f"tuned-{run.id}"):
            used.append(_render_one(run))
    if any(used):
        st.rerun(scope="app")  # the chooser of models stands outside of this fragment
    if was_active and not any(run.is_active for run in runs):
        st.rerun()  # the last thing: the choosers know the new model


def _render_one(run: RunRecord) -> bool:
    """Whether it is to become the page's model."""
    used = False
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{sign_of(run)} **{plain(run.name)}** · {format_time(run.created)} · {text(f'states.{run.state}')}"
        )
        if run.has_model and not run.is_active:
            used = st.button(
                text("tune.use"),
                key=f"tuned-use-{run.id}",
                icon=":material/draw:",
                on_click=set_widget,
                args=("model-draw", run.id),
            )
    if run.is_active:
        st.progress(run.history.progress)
        link_to("train", text("tune.watch"))
    if run.reason:
        st.warning(explain(run.reason), icon=":material/error:")
    render_before_after(run)
    if run.state == "completed":
        st.caption(text("tune.judged_help"))
    return used
