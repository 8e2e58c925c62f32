"""One row of the run list."""

from __future__ import annotations

from html import escape

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.palette import STYLES, style_of
from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.runs.actions import act, can_resume, is_broken, render_menu
from ui.runs.sizes import format_size, get_sizes
from ui.session.state import set_widget
from ui.shared.formats import format_duration
from ui.shared.model_picker import format_accuracy, format_time
from ui.text import describe, text, translate_core
from ui.text.plain import plain

_COLORS = {style.name: style.color for style in STYLES}
_STATES = {"queued": "gray", "running": "blue", "paused": "orange", "completed": "green", "stopped": "orange"}
_BROKEN_COLOR = "red"
_FACTS = ("state", "dataset", "accuracy", "duration", "size", "created")
_PICK_ALL = "runs.pick_all"


def render_style() -> None:
    """How rows look; once on the page."""
    st.html(f"<style>{read_asset('runs/run_rows.css')}</style>")


def pick_key(run: RunRecord) -> str:
    return f"runs.pick.{run.id}"


def render_heading(runs: list[RunRecord], all_picked: bool) -> None:
    """What the columns are, and a box that picks all runs in sight."""
    with _row("heading"):
        set_widget(_PICK_ALL, all_picked)
        keys = [pick_key(run) for run in runs]
        st.checkbox(
            text("runs.pick_all"),
            key=_PICK_ALL,
            label_visibility="collapsed",
            help=text("runs.pick_all"),
            on_change=_pick,
            args=(keys, not all_picked),
        )
        cells = "".join(f'<span class="{name}">{escape(text(f"runs.column_{name}"))}</span>' for name in _FACTS)
        names = f'<span class="who">{escape(text("runs.column_run"))}</span>{cells}'
        heading = f'<div class="run heading">{names}<span class="narrow">{escape(text("runs.pick_all"))}</span></div>'
        st.html(heading)


def render_row(run: RunRecord) -> None:
    with _row(run.id):
        st.checkbox(text("runs.pick", name=plain(run.name)), key=pick_key(run), label_visibility="collapsed")
        st.html(describe_run(run))
        render_menu(run)
    if is_broken(run):
        _render_repairs(run)


def describe_run(run: RunRecord) -> str:
    """The row as HTML: who it is, six facts, and what someone wrote or why it ended."""
    history = run.history
    facts = {
        "state": badge_of(run),
        "dataset": escape(translate_core(DATASETS[run.experiment.dataset].title)),
        "accuracy": format_accuracy(history.test_accuracy),
        "duration": "–" if history.seconds is None else format_duration(history.seconds),
        "size": format_size(get_sizes().of(run)),
        "created": escape(format_time(run.created)),
    }
    cells = "".join(f'<span class="{name}">{facts[name]}</span>' for name in _FACTS)
    return f'<div class="run">{name_of(run)}{cells}{_second_line(run)}</div>'


def name_of(run: RunRecord) -> str:
    """Sign, name and star, as HTML."""
    style = style_of(run.style)
    star = f'<span class="star" title="{escape(text("runs.starred"))}">★</span>' if run.labels.star else ""
    sign = f'<span style="color:{style.color}">{style.sign}</span>'
    return f'<span class="who" title="{escape(run.name)}">{sign} <b>{escape(run.name)}</b>{star}</span>'


def badge_of(run: RunRecord) -> str:
    color = _COLORS[_STATES.get(run.state, _BROKEN_COLOR)]
    return f'<span class="badge" style="--c:{color}">{escape(text(f"states.{run.state}"))}</span>'


def _second_line(run: RunRecord) -> str:
    kept = "" if run.has_model or run.is_active or is_broken(run) else text("runs.no_model")
    reason = describe(run.reason) if is_broken(run) else ""
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in run.labels.tags)
    lines = "\n".join(escape(line) for line in (reason, kept, _describe_damage(run), run.labels.note) if line)
    return f'<div class="more">{tags}{lines}</div>' if tags or lines else ""


def _describe_damage(run: RunRecord) -> str:
    count = run.history.damaged
    if not count:
        return ""
    return text("runs.damaged_one") if count == 1 else text("runs.damaged", count=f"{count:,}")


def _render_repairs(run: RunRecord) -> None:
    with st.container(horizontal=True, gap="small", key=f"runs-repairs-{run.id}"):
        actions = ["resume"] if can_resume(run) else []
        for action in [*actions, "again"]:
            if st.button(text(f"runs.do_{action}"), key=f"runs.{action}.{run.id}", help=text(f"runs.do_{action}_help")):
                act(run, action)


def _row(name: str) -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key=f"runs-row-{name}")


def _pick(keys: list[str], picked: bool) -> None:
    for key in keys:
        set_widget(key, picked)
