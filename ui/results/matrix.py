"""Confusion matrix with selectable cells, and per-class metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from cnn_core.evaluation.metrics import compute_class_figures, find_confusions
from cnn_core.figures.confusion import Cell, color_cells, legend_stops
from ui.components import read_asset
from ui.results.cards import Gallery
from ui.session.state import set_widget, widget_value
from ui.shared.formats import format_percent
from ui.text import text

_matrix = st.components.v2.component(
    "cnn_lab_confusion",
    html='<div class="confusion"></div>\n',
    css=read_asset("compare/confusion.css"),
    js=read_asset("compare/confusion.js"),
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

    draw_cells(describe_cells(matrix, names), names, text("results.axes"), describe_legend(matrix), key, selected, pick)
    st.caption(text("results.matrix_note"))


def describe_cells(matrix: np.ndarray, names: Sequence[str]) -> list[list[dict[str, object]]]:
    """Rows of cells as `draw_cells` takes them."""
    return [
        [_describe(cell, names[true], names[predicted]) for predicted, cell in enumerate(row)]
        for true, row in enumerate(color_cells(matrix))
    ]


def describe_legend(matrix: np.ndarray) -> list[tuple[str, str]]:
    """Words and CSS colors."""
    return [*((f"{count:,}", color) for count, color in legend_stops(matrix)), (text("results.legend_right"), "")]


def draw_cells(
    cells: Sequence[Sequence[dict[str, object]]],
    names: Sequence[str],
    axis: str,
    legend: Sequence[tuple[str, str]],
    key: str,
    selected: tuple[int, int] | None = None,
    on_pick: Callable[[], None] | None = None,
) -> None:
    """Rows of cells (`count`, `background`, `dark`, `label`); `legend` has words and CSS colors.

    Without `on_pick` no cell can be picked.
    """
    data = {
        "axis": axis,
        "names": list(names),
        "cells": cells,
        "selected": list(selected) if selected else None,
        "fixed": on_pick is None,
        "legend": [{"text": words, "background": color} for words, color in legend],
    }
    _matrix(key=key, data=data, on_picked_change=on_pick or (lambda: None))


def _describe(cell: Cell, true: str, predicted: str) -> dict[str, object]:
    label = text("results.cell", true=true, predicted=predicted, count=f"{cell.count:,}")
    return {"count": cell.count, "background": cell.background, "dark": cell.is_dark, "label": label}


def render_class_table(matrix: np.ndarray, names: Sequence[str]) -> None:
    """The class that is recognized worst comes first."""
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
