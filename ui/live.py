"""One run as it happens: state, progress, curves, and what can be done with it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.data.catalog import DATASETS
from cnn_core.errors import RunError
from cnn_core.figures.curves import Labels, Metric, plot_live_curve
from cnn_core.runs.store import RunRecord
from ui.bar import format_accuracy, sign_of
from ui.navigation import ICONS, go_to
from ui.plot import render_figure
from ui.server import get_executor, get_store
from ui.state import lab
from ui.text import text

_POLL_S = 0.5
_BADGES = {
    "queued": "gray",
    "running": "blue",
    "paused": "orange",
    "completed": "green",
    "stopped": "orange",
    "failed": "red",
    "interrupted": "red",
}


def render_run(run_id: str) -> None:
    """A run's live view; redraws itself twice a second while the run is under way."""
    try:
        active = get_store().find(run_id).is_active
    except RunError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.fragment(_render_run, run_every=_POLL_S if active else None)(run_id, active)


def _render_run(run_id: str, was_active: bool) -> None:
    run = get_store().find(run_id)
    if was_active and not run.is_active:
        st.rerun()  # the whole page once: it stops this fragment's clock and shows the new model everywhere
    _render_head(run)
    with st.container():  # one place, filled or not: what stands below it keeps its node, and so the reader's zoom
        if run.is_active:
            _render_progress(run)
        elif run.reason:
            st.warning(run.reason, icon=":material/report:")
        elif run.state == "stopped" and run.history.plan:
            done = run.history.progress * run.history.plan.epochs
            st.caption(text("live.stopped_after", done=f"{done:.1f}", epochs=run.history.plan.epochs))
    if run.history.plan is None and not run.is_active:
        return  # it ended before there was anything to see
    _render_figures(run)
    left, right = st.columns(2)
    charts: tuple[tuple[DeltaGenerator, Metric], ...] = ((left, "accuracy"), (right, "loss"))
    for column, metric in charts:
        with column:
            render_figure(plot_live_curve(run, metric, curve_labels(run, metric)), key=f"{metric}-live")
    if run.has_model and not run.is_active:
        _render_next(run)


def curve_labels(run: RunRecord | None, metric: Metric) -> Labels:
    watched = run.history.plan.watched if run and run.history.plan else "test"
    return Labels(
        epoch=text("curves.epoch"),
        metric=text(f"curves.{metric}"),
        train=text("curves.train"),
        watched=text(f"curves.watched_{watched}"),
        within=text("curves.within"),
    )


def _render_head(run: RunRecord) -> None:
    name, state = st.columns([5, 1], vertical_alignment="center")
    name.markdown(
        text("live.head", name=run.name, dataset=DATASETS[run.experiment.dataset].title, sign=sign_of(run)),
        help=text("live.sign_help"),
    )
    state.badge(text(f"states.{run.state}"), color=_BADGES[run.state])  # type: ignore[arg-type]


def _render_progress(run: RunRecord) -> None:
    history = run.history
    bar, stop = st.columns([5, 1], vertical_alignment="center")
    bar.progress(history.progress, text=_describe_progress(run))
    stopping = "stop" in run.folder.commands()
    if stop.button(
        text("live.stopping" if stopping else "live.stop"),
        icon=":material/stop_circle:",
        disabled=stopping,
        help=text("live.stop_help"),
        width="stretch",
        key=f"stop-{run.id}",
    ):
        get_executor().stop(run.id)


def _describe_progress(run: RunRecord) -> str:
    history, plan = run.history, run.history.plan
    if run.state == "queued":
        return text("live.queued")
    if plan is None:
        download = history.download
        if download:
            return text("live.downloading", done=download["bytes"] // 10**6, total=download["total"] // 10**6)
        return text("live.preparing")
    epoch = min(len(history.epochs) + 1, plan.epochs)
    speed, left = history.images_per_second, history.seconds_left
    if speed is None or left is None:
        return text("live.epoch", epoch=epoch, epochs=plan.epochs)
    return text("live.pace", epoch=epoch, epochs=plan.epochs, speed=f"{speed:,.0f}", left=format_duration(left))


def _render_figures(run: RunRecord) -> None:
    history = run.history
    batch = history.batches[-1] if history.batches else {}
    epoch = history.epochs[-1] if history.epochs else {}
    watched = "validation" if run.experiment.training.validation_split else "test"
    cells = (
        (text("live.train_loss"), format_number(batch.get("loss")), text("glossary.loss")),
        (text("live.train_accuracy"), _share(batch.get("accuracy")), text("glossary.accuracy")),
        (text(f"live.{watched}_loss"), format_number(epoch.get("val_loss")), text(f"glossary.watched_{watched}")),
        (text(f"live.{watched}_accuracy"), _share(epoch.get("val_accuracy")), text(f"glossary.watched_{watched}")),
        (text("live.parameters"), f"{run.parameters:,}", text("glossary.parameters")),
    )
    with st.grid(len(cells), min_column_width=120, gap="small"):
        for label, value, help_text in cells:
            st.metric(label, value, help=help_text)


def _render_next(run: RunRecord) -> None:
    with st.container(horizontal=True):
        for page in ("draw", "layers"):
            if st.button(text(f"live.to_{page}"), icon=f":material/{ICONS[page]}:", key=f"next-{page}"):
                lab().run_id = run.id
                go_to(page)
        if st.button(text("live.to_compare"), icon=":material/compare_arrows:", key="next-compare"):
            lab().compared = list(dict.fromkeys([run.id, *lab().compared]))[:6]
            go_to("compare")


def format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def format_number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "–" if value is None else format_accuracy(value)
