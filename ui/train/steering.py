"""What can be done with a run, as one row of buttons: pause, resume, stop, change, train on, take away as a file."""

from __future__ import annotations

from typing import Any

import streamlit as st

from cnn_core.runs.checkpoints import list_checkpoints
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_executor
from ui.session.state import is_foreign, set_widget, widget_value
from ui.shared.downloads import render_downloads
from ui.text import text
from ui.train.orders import give_order, pending_commands
from ui.train.steering_changes import render_changes, render_going_on
from ui.train.stepping import is_stepped, render_step_buttons


def render_steering(run: RunRecord) -> None:
    """The buttons that make sense in the run's state, in one row."""
    pending = pending_commands(run)
    with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall"):
        if run.is_active and is_foreign(run.folder.facts.owner) and not widget_value(_unlocked_key(run)):
            st.button(
                text("steer.foreign"),
                icon=":material/lock:",
                help=text("steer.foreign_help"),
                key=f"foreign-{run.id}",
                on_click=set_widget,
                args=(_unlocked_key(run), True),
            )
        elif run.is_active:
            if is_stepped(run):
                render_step_buttons(run)
            _render_pause(run, pending)
            _render_button(run, "stop", ":material/stop_circle:", taken="stop" in pending)
            if run.state != "queued":
                render_changes(run)
        elif not run.bundled and run.history.plan:
            if run.state in ("interrupted", "failed") or _is_cut_short(run):
                _render_button(run, "resume", ":material/play_circle:", primary=True)
            render_going_on(run)
        if run.history.plan and not run.is_active:
            render_downloads(run)


def _unlocked_key(run: RunRecord) -> str:
    """Whether the reader wants to change this run of another visitor."""
    return f"steer.foreign.{run.id}"


def _is_cut_short(run: RunRecord) -> bool:
    """Stopped before its last epoch, with a state to go on from."""
    is_short = run.state == "stopped" and len(run.history) < run.planned_epochs
    return is_short and bool(list_checkpoints(run.folder.checkpoints_dir))


def _render_pause(run: RunRecord, pending: dict[str, Any]) -> None:
    if is_stepped(run):
        _render_button(run, "resume", ":material/play_circle:", taken="resume" in pending, primary=True)
    else:
        _render_button(run, "pause", ":material/pause_circle:", taken="pause" in pending)


def _render_button(run: RunRecord, what: str, icon: str, taken: bool = False, primary: bool = False) -> None:
    """`taken`: the command is pending, which the button shows."""
    st.button(
        text(f"steer.{what}_taken" if taken else f"steer.{what}"),
        icon=icon,
        disabled=taken,
        type="primary" if primary else "secondary",
        help=text(f"steer.{what}_help"),
        key=f"{what}-{run.id}",
        on_click=give_order,
        args=(getattr(get_executor(), what), run.id),
    )
