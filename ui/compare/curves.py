"""Curves of all contenders over each other."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.figures.curves import Metric, plot_compared_curves
from ui.compare.labels import name_contenders
from ui.plot import render_figure
from ui.train.live_charts import curve_labels


def render_curves(contenders: Sequence[Contender]) -> None:
    runs, names = [one.first for one in contenders], name_contenders(contenders)
    metrics: tuple[Metric, ...] = ("accuracy", "loss")
    for metric, column in zip(metrics, st.columns(2), strict=True):
        with column:
            figure = plot_compared_curves(runs, names, metric, curve_labels(runs[0] if runs else None, metric))
            render_figure(figure, key=f"compare-{metric}")
