"""The curves of one run: accuracy and loss, the learning rate where it moves, and what a person did meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from cnn_core.experiment.published import published_epochs
from cnn_core.experiment.recipes import find_recipe
from cnn_core.figures.curves import Labels, measure_spacing
from cnn_core.figures.live_curves import NEUTRAL, Mark, place_of, plot_learning_rate, plot_live_curve, rate_moves
from cnn_core.palette import style_of
from cnn_core.runs.curves import Curve, Metric
from cnn_core.runs.history import History
from cnn_core.runs.store import RunRecord
from ui.shared.formats import format_number, format_short
from ui.shared.model_picker import format_accuracy
from ui.shared.plot import Chart, LegendEntry, render_charts, render_fed_charts
from ui.text import text, text_count
from ui.train.feed_address import feed_of

METRICS: tuple[Metric, ...] = ("accuracy", "loss")
_KEY = "live-curves"


def render_live_charts(run: RunRecord) -> None:
    """A run under way feeds its charts itself (see ui.train.feed); of one that is over they are drawn once."""
    if run.is_active:
        empty = replace(run, history=History(plan=run.history.plan))
        render_fed_charts(list_charts(empty), list_legend(run), key=_KEY, feed=feed_of(run.id, "charts"))
    else:
        render_charts(list_charts(run), list_legend(run), key=_KEY, tools=True)
    st.caption(_describe_points(run), help=text(f"live.why_{_watched(run)}"))


def list_charts(run: RunRecord) -> list[Chart]:
    """Accuracy and loss, and the learning rate if it moves."""
    marks = describe_marks(run)
    charts = [
        Chart(
            text(f"curves.{metric}"),
            plot_live_curve(run, metric, curve_labels(run, metric), marks, published_curve(run, metric)),
            _newest(run, metric),
        )
        for metric in METRICS
    ]
    if rate_moves(run):
        figure = plot_learning_rate(run, curve_labels(run, "learning_rate"), marks)
        charts.append(Chart(text("curves.learning_rate"), figure, _newest_rate(run), wide=True))
    return charts


def curve_labels(run: RunRecord | None, metric: Metric | str) -> Labels:
    watched = _watched(run) if run else "test"
    return Labels(
        epoch=text("curves.epoch"),
        metric=text(f"curves.{metric}"),
        train=text("curves.train"),
        watched=text(f"curves.watched_{watched}"),
        within=text("curves.within"),
        published=text("curves.published"),
    )


def published_curve(run: RunRecord, metric: Metric) -> Curve | None:
    """Training figures by epoch that the recipe's author printed, if the run learns from the same images."""
    recipe = run.experiment.recipe
    if recipe not in published_epochs or run.experiment.dataset != find_recipe(recipe).experiment.dataset:
        return None
    values = getattr(published_epochs[recipe], metric)
    return Curve([float(epoch) for epoch in range(1, len(values) + 1)], list(values))


def describe_marks(run: RunRecord) -> list[Mark]:
    """What was done to the run, where, in words."""
    plan = run.history.plan
    if plan is None:
        return []
    changes = (event for event in run.history.interventions if event["what"] != "step")  # too many to mark
    return [Mark(place_of(event, plan), _describe_change(event)) for event in changes]


def _describe_change(event: dict[str, Any]) -> str:
    what, value = event["what"], event.get("value")
    if what == "learning_rate":
        return text("curves.mark_learning_rate", value=f"{value:g}")
    if what in ("optimizer", "optimizer_unused"):
        return text(f"curves.mark_{what}", value=value["kind"] if isinstance(value, dict) else value)
    if what == "epochs":
        return text_count("curves.mark_epochs", event["value"], value=value)
    if what == "restart":
        return text("curves.mark_restart", value=value["epoch"] if isinstance(value, dict) else value)
    return text(f"curves.mark_{what}")


def _watched(run: RunRecord) -> str:
    if run.history.plan:
        return run.history.plan.watched
    return "validation" if run.experiment.training.validation_split else "test"


def list_legend(run: RunRecord) -> list[LegendEntry]:
    style, labels = style_of(run.style), curve_labels(run, "accuracy")
    legend = [
        LegendEntry("within", labels.within, style.color, faint=True),
        LegendEntry("train", labels.train, style.color, dash="dot", sign=style.sign, open=True),
        LegendEntry("watched", labels.watched, style.color, sign=style.sign),
    ]
    if published_curve(run, "accuracy"):
        legend.append(LegendEntry("published", labels.published, NEUTRAL, dash="", sign="●"))
    return legend


def _newest(run: RunRecord, metric: Metric) -> list[tuple[str, str]]:
    """The last figures, short: what the title of a chart has room for."""
    batches, epochs = run.history.batches, run.history.epochs
    show = format_accuracy if metric == "accuracy" else format_number
    # Under way, what it does now; afterwards the epoch's figure: the last few steps alone say too much.
    newest = batches if run.is_active else epochs or batches
    return [
        (text("live.training"), show(newest[-1].get(metric) if newest else None)),
        (text(f"live.{_watched(run)}"), show(epochs[-1].get(f"val_{metric}") if epochs else None)),
    ]


def _newest_rate(run: RunRecord) -> list[tuple[str, str]]:
    rate = run.history.batches[-1].get("learning_rate") if run.history.batches else None
    return [] if rate is None else [("", f"{rate:.4g}")]


def _describe_points(run: RunRecord) -> str:
    spacing = measure_spacing(run.history.batches)
    if spacing is None:
        return text("live.points")
    return text("live.spacing", seconds=format_short(spacing.seconds), steps=f"{spacing.steps:,}")
