"""Accuracy against cost, and the Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.pareto import (
    Cost,
    Standing,
    are_of_one_machine,
    compute_standings,
    find_better,
    find_front,
)
from cnn_core.figures.compared_costs import plot_costs
from ui.compare.labels import head_contenders, name_contenders
from ui.compare.verdict import judge
from ui.session.state import remembered, start_widget
from ui.shared.plot import render_figure
from ui.text import enumerate_words, join_sentences, text

_COSTS: tuple[Cost, ...] = get_args(Cost)
_COST = "compare.cost"


def render_costs(contenders: Sequence[Contender]) -> None:
    st.markdown(f"#### {text('compare_costs.title')}")
    start_widget(_COST, _COSTS[0])
    cost = st.segmented_control(
        text("compare_costs.cost"),
        _COSTS,
        key=remembered(_COST),
        format_func=lambda name: text(f"compare_costs.{name}"),
        required=True,
        persist_state="session",
    )
    standings = compute_standings(contenders, cost or _COSTS[0])
    if not standings:
        st.caption(text("compare_costs.none"))
        return
    why_not = _find_obstacle(standings, cost or _COSTS[0])
    names = dict(zip((one.id for one in contenders), name_contenders(contenders), strict=True))
    heads = dict(zip((one.id for one in contenders), head_contenders(contenders), strict=True))
    shown = [names[one.contender.id] for one in standings]
    axis = text(f"compare_costs.{cost}")
    figure = plot_costs(standings, shown, axis, text("compare_costs.line") if not why_not else "")
    chart, words = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with chart:
        render_figure(figure, key="compare-costs")
    with words:
        lines = [why_not] if why_not else _describe(standings, heads, _find_sure(contenders))
        untested = [heads[one.id] for one in contenders if one.id not in {s.contender.id for s in standings}]
        if untested:
            lines.append(text("compare_costs.untested", names=enumerate_words(untested)))
        st.markdown("\n\n".join(lines))
        st.caption(_explain(standings, cost or _COSTS[0]))


def _find_obstacle(standings: Sequence[Standing], cost: Cost) -> str:
    """Why these contenders can't be compared; empty if they can."""
    if len({one.contender.experiment.dataset for one in standings}) > 1:
        return text("compare_costs.other_data")
    if cost == "seconds" and not are_of_one_machine(standings):
        return text("compare_costs.other_machine")
    return ""


def _find_sure(contenders: Sequence[Contender]) -> set[tuple[str, str]]:
    """Ids of (better, worse) pairs with a significant difference."""
    pairs = [pair for pair in judge(contenders).pairs if pair.is_sure]
    return {(contenders[pair.better].id, contenders[pair.worse].id) for pair in pairs}


def _describe(standings: Sequence[Standing], heads: dict[str, str], sure: set[tuple[str, str]]) -> list[str]:
    """Describes the front and dominated contenders; "beats" is used for significant differences only."""
    points = [(one.cost, one.accuracy) for one in standings]
    front = find_front(points)
    on_it = [f"**{heads[standings[i].contender.id]}**" for i in front]
    lines = [text("compare_costs.front", names=f" {text('compare_costs.or')} ".join(on_it))]
    for index, one in enumerate(standings):
        better = find_better(points, index)
        if better is not None:
            by = standings[better].contender
            key = "beaten" if (by.id, one.contender.id) in sure else "ahead"
            lines.append(text(f"compare_costs.{key}", name=heads[one.contender.id], better=heads[by.id]))
    return lines


def _explain(standings: Sequence[Standing], cost: Cost) -> str:
    lines = [text("compare_costs.note")]
    if any(one.spread is not None for one in standings):
        lines.append(text("compare_costs.note_spread"))
    if cost == "seconds":
        lines.append(text("compare_costs.note_seconds"))
    return join_sentences(lines)
