"""A run that is trained step by step: its kernels, gradients and newest loss beside the test images."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnn_core.runs.folder import STEPS
from cnn_core.runs.store import RunRecord
from ui.server.resources import get_executor
from ui.session.state import session
from ui.shared.formats import format_number
from ui.shared.model_picker import format_accuracy
from ui.text import text
from ui.train.inside import render_kernels
from ui.train.live_model import look_into
from ui.train.orders import give_order, pending_commands

_HELD, _FREE = ("pause", "step"), "resume"


def is_stepped(run: RunRecord) -> bool:
    """Whether a run is paused, or will be after the step that is under way."""
    if not run.is_active:
        return False
    if run.state == "paused":
        return True
    last = [event["what"] for event in run.history.interventions if event["what"] in (*_HELD, _FREE)][-1:]
    return run.state == "running" and bool(last) and last[0] in _HELD


def render_step_buttons(run: RunRecord) -> None:
    """One button for each kind of step; inactive while one is under way."""
    is_busy = run.state != "paused" or "step" in pending_commands(run)
    for what, icon in zip(STEPS, (":material/skip_next:", ":material/fast_forward:"), strict=True):
        st.button(
            text(f"steer.step_{what}"),
            icon=icon,
            disabled=is_busy,
            help=text(f"steer.step_{what}_help"),
            key=f"step-{what}-{run.id}",
            on_click=give_order,
            args=(partial(get_executor().step, what=what), run.id),
        )


def render_stepping(run: RunRecord) -> None:
    """What a step has changed, above the curves."""
    with st.container(border=True):
        st.caption(_describe_place(run))
        kernels, gradients = st.columns([3, 2], gap="medium")
        with kernels:
            view = look_into(run, session().ink)
            if view is None or view.glimpse is None:
                st.skeleton(height=120)
            else:
                render_kernels(view.glimpse)
        with gradients:
            _render_gradients(run)


def _describe_place(run: RunRecord) -> str:
    last = run.history.batches[-1] if run.history.batches else None
    if last is None:
        return text("stepping.untrained")
    accuracy = last.get("accuracy")
    return text(
        "stepping.place",
        epoch=last["epoch"],
        step=f"{last['step']:,}",
        loss=format_number(last["loss"]),
        accuracy="–" if accuracy is None else format_accuracy(accuracy),
    )


def _render_gradients(run: RunRecord) -> None:
    """Lengths of each layer's gradient and weights, with the change since the step before."""
    if not run.history.layer_stats:
        st.caption(text("stepping.no_gradients"))
        return
    now, before = run.history.layer_stats[-1], run.history.layer_stats[-2:][0]
    head = [text("stepping.layer"), text("inside.gradients"), text("inside.weights"), text("stepping.change")]
    lines = [f"| {' | '.join(head)} |", "|---|---:|---:|---:|"]
    for place, name in enumerate(now["names"]):
        gradient, weight, earlier = now["gradients"][place], now["weights"][place], before["weights"][place]
        known = weight is not None and earlier is not None
        change = f"{weight - earlier:+.3g}" if known and now is not before else "–"
        lines.append(f"| `{name}` | {_show(gradient)} | {_show(weight)} | {change} |")
    st.markdown("\n".join(lines), help=text("inside.vitals_help"))


def _show(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
