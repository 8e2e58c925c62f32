"""How far a run is, how fast it goes, and how it ended."""

from __future__ import annotations

import streamlit as st

from cnn_core.runs.store import RunRecord
from ui.bar import format_accuracy
from ui.formats import format_duration
from ui.server import get_executor
from ui.text import text


def render_progress(run: RunRecord) -> None:
    """The epoch on the left, the whole run on the right; before there are epochs, what is being waited for."""
    plan, history = run.history.plan, run.history
    left, right = st.columns(2)
    if plan is None or run.state == "queued":
        left.progress(0.0, text=_describe_waiting(run))
        right.progress(0.0, text="\N{NO-BREAK SPACE}")
        return
    last = history.batches[-1] if history.batches else None
    epoch = min(len(history.epochs) + 1, plan.epochs)
    current = last if last and last["epoch"] == epoch else None
    done = current["samples"] / plan.samples if current else 0.0
    step = text("live.step", step=f"{current['step']:,}" if current else "0", steps=f"{plan.steps_per_epoch:,}")
    left.progress(min(1.0, done), text=f"{text('live.epoch', epoch=epoch, epochs=plan.epochs)} · {step}")
    right.progress(history.progress, text=_describe_pace(run))


def _describe_waiting(run: RunRecord) -> str:
    if run.state == "queued":
        line = [ticket.run_id for ticket in get_executor().queue.waiting()]
        return text("live.queued", count=line.index(run.id) + 1) if run.id in line else text("live.starting")
    download = run.history.download
    if download:
        return text("live.downloading", done=download["bytes"] // 10**6, total=download["total"] // 10**6)
    return text("live.preparing")


def _describe_pace(run: RunRecord) -> str:
    speed, left = run.history.images_per_second, run.history.seconds_left
    share = f"{run.history.progress:.0%}"
    if speed is None or left is None or run.state == "paused":
        return share
    return text("live.pace", share=share, speed=f"{speed:,.0f}", left=format_duration(left))


def describe_end(run: RunRecord) -> str:
    """How far it came and how good it is; nothing while it is under way, or where a reason is told instead."""
    plan, history = run.history.plan, run.history
    if run.is_active or run.reason or plan is None:
        return ""
    if run.state == "stopped":
        last = history.epochs[-1] if history.epochs else {"epoch": 1, "samples": 0}
        done = last["epoch"] - 1 + last.get("samples", plan.samples) / plan.samples
        return text("live.stopped_after", done=f"{done:.1f}", epochs=plan.epochs)
    if history.test_accuracy is None:
        return ""
    accuracy, seconds = format_accuracy(history.test_accuracy), format_duration(history.seconds or 0)
    return text("live.completed", epochs=len(history.epochs), seconds=seconds, accuracy=accuracy)
