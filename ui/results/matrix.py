"""The confusion matrix, whose cells can be picked, and the same figures class by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.evaluation.metrics import compute_class_figures, find_confusions
from cnn_core.figures.confusion import Cell, color_cells, legend_stops
from ui.components import read_asset
from ui.results.cards import Gallery
from ui.state import set_widget, widget_value
from ui.text import text

_matrix = st.components.v2.component(
    "cnn_lab_confusion",
    html='<div class="confusion"></div>\n',
    css=read_asset("confusion.css"),
    js=read_asset("confusion.js"),
)


def render_matrix(matrix: np.ndarray, names: Sequence[str], selected: tuple[int, int], gallery: Gallery) -> None:
    """Draws it with one cell, (true, predicted), selected. The images of a picked cell come into the gallery."""
    key = gallery.key("matrix")

    def pick() -> None:
        place = getattr(widget_value(key), "picked", None)
        if place:
            true, predicted = map(int, str(place).split(","))
            set_widget(gallery.key("cell"), (true, predicted))
            set_widget(gallery.key("view"), "cell")

    data = {
        "axis": text("results.axes"),
        "names": list(names),
        "cells": [
            [_describe(cell, names[true], names[predicted]) for predicted, cell in enumerate(row)]
            for true, row in enumerate(color_cells(matrix))
        ],
        "selected": list(selected),
        "legend": [
            *({"text": f"{count:,}", "background": color} for count, color in legend_stops(matrix)),
            {"text": text("results.legend_right"), "background": ""},
        ],
    }
    _matrix(key=key, data=data, on_picked_change=pick)
    st.caption(text("results.matrix_note"))


def _describe(cell: Cell, true: str, predicted: str) -> dict[str, object]:
    label = text("results.cell", true=true, predicted=predicted, count=f"{cell.count:,}")
    return {"count": cell.count, "background": cell.background, "dark": cell.is_dark, "label": label}


def render_class_table(matrix: np.ndarray, names: Sequence[str]) -> None:
    """The class that is recognised worst comes first."""
    figures, confusions = compute_class_figures(matrix), find_confusions(matrix)
    order = np.argsort(figures.recall, kind="stable")  # classes without images (NaN) come last
    taken = {true: (predicted, count) for true, predicted, count in reversed(confusions)}
    columns: dict[str, list[str]] = {
        text("results.class"): [names[i] for i in order],
        text("results.images"): [f"{figures.support[i]:,}" for i in order],
        text("results.accuracy"): [format_percent(figures.recall[i]) for i in order],
        text("results.precision"): [format_percent(figures.precision[i]) for i in order],
        text("results.taken_for"): [f"{names[taken[i][0]]} ({taken[i][1]}×)" if i in taken else "–" for i in order],
    }
    st.markdown(f"**{text('results.by_class')}**", help=text("results.by_class_help"))
    st.table(columns, border="horizontal", hide_index=True)


def format_percent(share: float) -> str:
    return f"{share * 100:.1f} %" if np.isfinite(share) else "–"
