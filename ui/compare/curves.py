"""Curves tab: training curves, accuracy against cost, and confusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.curves import Axis
from cnn_core.figures.compared_curves import REPEATS, TRAIN, WATCHED, Words, plot_compared_curves
from cnn_core.figures.live_curves import NEUTRAL
from cnn_core.palette import style_of
from ui.compare.answers import render_with_answers
from ui.compare.confusion import render_classes
from ui.compare.costs import render_costs
from ui.compare.labels import name_contenders
from ui.session.state import remembered, start_widget
from ui.shared.plot import Chart, LegendEntry, render_charts
from ui.text import join_sentences, text
from ui.train.live_charts import METRICS

_AXES: tuple[Axis, ...] = get_args(Axis)
_AXIS = "compare.axis"


def render_curves(contenders: Sequence[Contender]) -> None:
    _render_training(contenders)
    render_costs(contenders)
    st.markdown(f"#### {text('compare_answers.title')}")
    render_with_answers(contenders, render_classes, key="classes")


def _render_training(contenders: Sequence[Contender]) -> None:
    start_widget(_AXIS, _AXES[0])
    axis = st.segmented_control(
        text("compare_curves.axis"),
        _AXES,
        key=remembered(_AXIS),
        format_func=lambda name: text(f"compare_curves.axis_{name}"),
        help=text("compare_curves.axis_help"),
        required=True,
        persist_state="session",
    )
    names, axis = name_contenders(contenders), axis or _AXES[0]
    words = Words(text(f"compare_curves.title_{axis}"), text("compare_curves.train"))
    charts = [
        Chart(text(f"curves.{metric}"), plot_compared_curves(contenders, names, metric, axis, words))
        for metric in METRICS
    ]
    render_charts(charts, _legend(contenders, names), key="compare-curves", tools=True)
    has_repeats = any(len(one.runs) > 1 for one in contenders)
    lines = [text("compare_curves.note_repeats" if has_repeats else "compare_curves.note")]
    if len({one.experiment.training.loss for one in contenders}) > 1:
        lines.append(text("compare_curves.other_losses"))
    st.caption(join_sentences(lines))


def _legend(contenders: Sequence[Contender], names: Sequence[str]) -> list[LegendEntry]:
    styles = [style_of(one.style) for one in contenders]
    entries = [
        LegendEntry(one.id, name, style.color, sign=style.sign)
        for one, name, style in zip(contenders, names, styles, strict=True)
    ]
    entries.append(LegendEntry(WATCHED, text("compare_curves.watched"), NEUTRAL))
    entries.append(LegendEntry(TRAIN, text("compare_curves.train"), NEUTRAL, dash="dot"))
    if any(len(one.runs) > 1 for one in contenders):
        entries.append(LegendEntry(REPEATS, text("compare_curves.repeats"), NEUTRAL, faint=True))
    return entries
