"""How far a run is, how fast it goes, and how it ended."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.server.resources import get_executor
from ui.shared.formats import format_duration
from ui.shared.model_picker import format_accuracy
from ui.text import text, text_count
from ui.train.feed_address import feed_of

_progress = st.components.v2.component(
    "cnn_lab_progress",
    html='<div class="bars"></div>\n',
    css=read_asset("train/progress.css"),
    js=read_asset("train/follow.js") + read_asset("train/progress.js"),
)


def render_progress(run: RunRecord) -> None:
    """The bars of a run under way, which the browser keeps up to date."""
    _progress(key="live-progress", data=pack_progress(run) | {"feed": feed_of(run.id, "progress")})


def pack_progress(run: RunRecord) -> dict[str, Any]:
    """What the browser shows."""
    return {"bars": [bar._asdict() for bar in list_bars(run)]}


class Bar(NamedTuple):
    """`share` is done, 0–1."""

    share: float
    text: str


def list_bars(run: RunRecord) -> list[Bar]:
    """The epoch, then the whole run; before there are epochs, what is being waited for."""
    plan, history = run.history.plan, run.history
    if plan is None or run.state == "queued":
        return [Bar(0.0, _describe_waiting(run))]
    last = history.batches[-1] if history.batches else None
    epoch = min(len(history.epochs) + 1, plan.epochs)
    current = last if last and last["epoch"] == epoch else None
    done = current["samples"] / plan.samples if current else 0.0
    step = text("live.step", step=f"{current['step']:,}" if current else "0", steps=f"{plan.steps_per_epoch:,}")
    line = f"{text('live.epoch', epoch=epoch, epochs=plan.epochs)} · {step}"
    return [Bar(min(1.0, done), line), Bar(history.progress, _describe_pace(run))]


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
    """Epochs done and accuracy; nothing while it runs, or where a reason is shown instead."""
    plan, history = run.history.plan, run.history
    if run.is_active or run.reason or plan is None:
        return ""
    if run.state == "stopped":
        last = history.epochs[-1] if history.epochs else {"epoch": 1, "samples": 0}
        done = last["epoch"] - 1 + last.get("samples", plan.samples) / plan.samples
        return text("live.stopped_after", done=f"{done:.1f}".removesuffix(".0"), epochs=plan.epochs)
    if history.test_accuracy is None:
        return ""
    accuracy, seconds = format_accuracy(history.test_accuracy), format_duration(history.seconds or 0)
    epochs = len(history.epochs)
    return text_count("live.completed", epochs, epochs=epochs, seconds=seconds, accuracy=accuracy)
