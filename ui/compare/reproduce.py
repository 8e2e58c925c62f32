"""Published and measured results of the five articles, and a button that trains all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from cnn_core.comparison.race import Start, plan_race
from cnn_core.data.datasets.catalog import DEFAULT_DATASET
from cnn_core.data.datasets.load import is_available
from cnn_core.evaluation.reproduction import Reproduction, compare_with_published
from cnn_core.experiment.recipes import RECIPES
from cnn_core.runs.store import RunRecord
from ui.compare.submit import submit_or_explain
from ui.server.resources import get_store
from ui.shared.datasets import render_dataset_offer
from ui.shared.estimates import describe_time
from ui.shared.model_picker import format_accuracy
from ui.text import join_sentences, text, translate_core

ARTICLES = tuple(recipe for recipe in RECIPES if recipe.short.startswith("R"))


def render_reproduction(fold: Callable[[], None]) -> None:
    """The table, and the button for what one has not trained oneself; `fold` closes the panel."""
    runs = get_store().list_runs().runs
    own = [run for run in runs if not run.bundled]
    st.table(_tabulate(runs, own), border="horizontal", hide_index=True)
    starts = plan_race([recipe.experiment for recipe in ARTICLES], 1, own)
    to_do = [start for start in starts if start.done is None]
    under_way = sum(bool(start.done and start.done.is_active) for start in starts)
    st.caption(_describe(to_do, under_way))
    render_dataset_offer(DEFAULT_DATASET, "")
    label = text("reproduce.start", count=len(to_do)) if to_do else text("reproduce.show")
    disabled = bool(to_do) and not is_available(DEFAULT_DATASET)
    if st.button(label, icon=":material/flag:", type="primary", key="reproduce.start", disabled=disabled):
        submit_or_explain(starts)
        fold()
        st.rerun()


def _describe(to_do: Sequence[Start], under_way: int) -> str:
    sentences = [text("reproduce.about")]
    if under_way:
        sentences.append(text("reproduce.under_way", count=under_way))
    sentences.append(describe_time([start.experiment for start in to_do]))
    return join_sentences(sentences)


def _tabulate(runs: Sequence[RunRecord], own: Sequence[RunRecord]) -> dict[str, list[str]]:
    bundled = [run for run in runs if run.bundled]
    mine, theirs = ({row.recipe.id: row for row in compare_with_published(some)} for some in (own, bundled))
    rows = [_row(mine[recipe.id], theirs[recipe.id]) for recipe in ARTICLES]
    headings = ("article", "published", "measured", "difference", "by")
    return {
        text(f"reproduce.{name}"): list(column) for name, column in zip(headings, zip(*rows, strict=True), strict=True)
    }


def _row(mine: Reproduction, theirs: Reproduction) -> tuple[str, ...]:
    """One's own figure; until there is one, that of the run that comes with the app."""
    is_mine = mine.measured is not None
    row, recipe = (mine if is_mine else theirs), mine.recipe
    published = format_accuracy(recipe.published) if recipe.published else text("reproduce.picture")
    measured = format_accuracy(row.measured)
    difference = f"{(row.measured - recipe.published) * 100:+.2f}" if recipe.published and row.measured else "–"
    return (
        f"**{recipe.short}** {translate_core(recipe.title)}",
        published,
        measured,
        difference,
        text("reproduce.by_you" if is_mine else "reproduce.by_us"),
    )
