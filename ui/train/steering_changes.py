"""What pops up to change a run under way, or to go on with one that is over."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import ValidationError

from cnn_core.errors import explain_validation
from cnn_core.execution.executor import is_in_last_epoch
from cnn_core.execution.fork import is_exact, list_restart_epochs
from cnn_core.experiment.optimizers import OptimizerSpec
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_executor
from ui.session.state import session, start_widget
from ui.shared.field_widget import render_field
from ui.text import text, translate_core
from ui.text.plain import plain
from ui.train.orders import give_order, pending_commands


def render_changes(run: RunRecord) -> None:
    """What can be changed while it learns. The pop-over stays open while the page redraws itself."""
    label, icon = text("steer.change"), ":material/tune:"
    with st.popover(label, icon=icon, key=f"change-{run.id}", on_change="rerun") as popover:
        if not popover.open:
            return
        with st.form(f"steer.{run.id}.rate", border=False):
            rate = _render_rate(run)
            if st.form_submit_button(text("steer.apply_rate")):
                give_order(lambda run_id: get_executor().steer(run_id, learning_rate=rate), run.id)
        _render_pending(run, "learning_rate")
        with st.form(f"steer.{run.id}.more", border=False):
            more = _render_more(run)
            if st.form_submit_button(text("steer.add_epochs"), icon=":material/add:"):
                give_order(lambda run_id: get_executor().extend(run_id, more, owner=session().owner), run.id)
        _render_pending(run, "epochs")
        optimizer = render_field(TrainingConfig, "optimizer", _optimizer_of(run), key=f"steer.{run.id}.optimizer")
        is_last = is_in_last_epoch(run)
        if is_last:
            st.caption(text("steer.last_epoch"))
        if st.button(
            text("steer.apply_optimizer"),
            help=text("steer.optimizer_help"),
            key=f"optimizer-{run.id}",
            disabled=is_last,
        ):
            give_order(lambda run_id: get_executor().steer(run_id, optimizer=build_spec(optimizer)), run.id)
        _render_pending(run, "optimizer")


def _render_pending(run: RunRecord, what: str) -> None:
    """That a change was taken, until it has happened."""
    pending = pending_commands(run)
    if what in pending:
        value = pending[what]
        shown = str(value.get("kind", "–") if isinstance(value, dict) else value)
        if isinstance(value, (int, float)):
            shown = f"{value:g}"
        st.caption(text(f"steer.pending_{what}", value=plain(shown)))


def render_going_on(run: RunRecord) -> None:
    """For a run that is over: more epochs, or a new run from one of its epochs."""
    label, icon = text("steer.go_on"), ":material/more_time:"
    with st.popover(label, icon=icon, key=f"go-on-{run.id}", on_change="rerun") as popover:
        if not popover.open:
            return
        if list_checkpoints(run.folder.checkpoints_dir):
            with st.form(f"steer.{run.id}.more", border=False):
                more, rate = _render_more(run), _render_rate(run)
                if st.form_submit_button(text("steer.add_epochs"), icon=":material/add:"):
                    changed = None if rate == _rate_of(run) else rate
                    give_order(lambda run_id: get_executor().extend(run_id, more, changed, session().owner), run.id)
                    st.rerun()
        else:
            st.caption(text("steer.no_checkpoint"))
        _render_restart(run)


def _render_restart(run: RunRecord) -> None:
    epochs = [epoch for epoch in list_restart_epochs(run) if epoch < run.planned_epochs]
    if not epochs:
        return
    epoch = st.selectbox(
        text("steer.from_epoch"),
        epochs,
        format_func=lambda number: str(number) if number else text("steer.untrained"),
        index=len(epochs) - 1,
        key=f"steer.{run.id}.from",
        help=text("steer.from_epoch_help"),
    )
    st.caption(text("steer.restart_exact" if is_exact(run, epoch) else "steer.restart_rough"))
    if st.button(text("steer.restart"), icon=":material/restart_alt:", key=f"restart-{run.id}"):
        started: list[RunFolder] = []
        give_order(lambda run_id: started.append(get_executor().restart_from(run_id, epoch, session().owner)), run.id)
        if started:
            session().watched_run = started[0].id
            st.rerun()


def _render_more(run: RunRecord) -> int:
    asked = run.experiment.training.epochs
    return int(st.number_input(text("steer.more_epochs"), 1, 1000, asked, key=f"steer.{run.id}.epochs"))


def _render_rate(run: RunRecord) -> float:
    """Starts where the rate stands when the pop-over is opened."""
    field, key = TrainingConfig.model_fields["learning_rate"], f"steer.{run.id}.learning_rate"
    start_widget(key, _rate_of(run))
    step = run.experiment.training.learning_rate / 2
    title, about = translate_core(field.title), translate_core(field.description)
    rate = st.number_input(title, 1e-9, 10.0, step=step, format="%.6g", key=key, help=about)
    return float(rate)


def build_spec(values: dict[str, Any]) -> OptimizerSpec:
    """What the widgets of an optimizer gave. Raises `SpecError`."""
    try:
        return TrainingConfig.model_validate({"optimizer": values}).optimizer
    except ValidationError as error:
        raise explain_validation(error) from error


def _rate_of(run: RunRecord) -> float:
    """Where it stands: as float32 it would be 0.0010000000475."""
    rates = [event["learning_rate"] for event in run.history.batches[-1:] if event.get("learning_rate")]
    return float(f"{rates[0]:.6g}") if rates else run.experiment.training.learning_rate


def _optimizer_of(run: RunRecord) -> OptimizerSpec:
    """The one that was chosen last."""
    changes = [event["value"] for event in run.history.interventions if event["what"] == "optimizer"]
    return build_spec(changes[-1]) if changes else run.experiment.training.optimizer
