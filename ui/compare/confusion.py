"""Accuracy by class, and two confusion matrices with their difference."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison.disagreement import are_comparable
from cnn_core.data.datasets.load import is_available
from cnn_core.evaluation.metrics import accuracy_by_class
from cnn_core.evaluation.predictions import name_classes
from cnn_core.figures.compared_answers import color_difference, plot_classes, strongest_shade
from cnn_core.figures.confusion import Cell
from ui.compare.answers import Answered
from ui.compare.pair import choose_pair
from ui.results.cards import Gallery, render_cards
from ui.results.matrix import describe_cells, describe_legend, draw_cells
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.shared.plot import Chart, LegendEntry, render_charts
from ui.text import enumerate_words, text, words

_CELL, _MOST_IMAGES = "compare.cell.kept", 12
Cells = Sequence[Sequence[dict[str, object]]]
Legend = Sequence[tuple[str, str]]


def render_classes(answered: Sequence[Answered]) -> None:
    """Of those that answered the first one's test set."""
    alike = [one for one in answered if are_comparable(one.predictions, answered[0].predictions)]
    if len(alike) < len(answered):
        others = enumerate_words(one.head for one in answered if one not in alike)
        st.caption(text("compare_answers.other_test_set", names=others))
    if not alike:
        return
    names = words(name_classes(alike[0].run.experiment.dataset, alike[0].predictions.classes))
    figure = plot_classes(
        [accuracy_by_class(one.predictions.matrix) for one in alike],
        [one.style for one in alike],
        [one.name for one in alike],
        names,
    )
    legend = [LegendEntry(one.name, one.name, one.style.color, dash="", sign=one.style.sign) for one in alike]
    render_charts([Chart(text("compare_answers.by_class"), figure, wide=True)], legend, key="compare-classes")
    st.caption(text("compare_answers.by_class_note"))
    if len(alike) > 1:
        _render_matrices(alike, names)


def _render_matrices(answered: Sequence[Answered], classes: Sequence[str]) -> None:
    st.markdown(f"#### {text('compare_answers.matrices')}")
    by_id = {one.contender.id: one for one in answered}
    pair = choose_pair([one.contender for one in answered], {one.contender.id: one.name for one in answered})
    first, second = (by_id[one.id] for one in pair)
    for one, place in zip((first, second), st.columns(2, gap="medium"), strict=True):
        with place:
            st.markdown(f"**{one.head}**")
            matrix, axes = one.predictions.matrix, text("compare_answers.axes")
            cells, legend = describe_cells(matrix, classes), describe_legend(matrix)
            _draw_selectable(cells, classes, axes, legend, f"compare-matrix-{one.contender.id}")
    _render_difference(first, second, classes)
    _render_images((first, second), classes)


def _draw_selectable(cells: Cells, classes: Sequence[str], axes: str, legend: Legend, key: str) -> None:
    """A matrix; a picked cell opens its images below."""

    def pick() -> None:
        place = getattr(widget_value(key), "picked", None)
        if place:
            set_widget(_CELL, str(place))

    draw_cells(cells, classes, axes, legend, key, _selected_cell(len(classes)), pick)


def _selected_cell(classes: int) -> tuple[int, int] | None:
    """(true, predicted) of the picked cell, None before one is picked or for another dataset's."""
    true, _, predicted = str(widget_value(_CELL, "")).partition(",")
    if not (true.isdecimal() and predicted.isdecimal()):
        return None
    cell = int(true), int(predicted)
    return cell if max(cell) < classes else None


def _render_images(pair: tuple[Answered, Answered], classes: Sequence[str]) -> None:
    """The test images in the picked cell of both networks' matrices."""
    cell = _selected_cell(len(classes))
    if cell is None:
        st.caption(text("compare_answers.pick_cell"))
        return
    name = pair[0].run.experiment.dataset
    images = cached_dataset(name).x_test if is_available(name) else None
    true, predicted = (classes[index] for index in cell)
    st.markdown(f"**{text('compare_answers.in_cell', true=true, called=predicted)}**")
    for one, place in zip(pair, st.columns(2, gap="medium"), strict=True):
        with place:
            indices = one.predictions.find_cell(*cell)
            st.markdown(f"{one.head} · {text('compare_answers.images', count=f'{len(indices):,}')}")
            gallery = Gallery(one.predictions, classes, images, f"compare-cell-{one.contender.id}", one.style.color)
            render_cards(gallery, indices[:_MOST_IMAGES], size=56, width=96, key="cell")
    render_dataset_offer(name, "compare-cell")


def _render_difference(first: Answered, second: Answered, classes: Sequence[str]) -> None:
    st.markdown(f"**{text('compare_answers.difference', first=first.head, second=second.head)}**")
    cells = color_difference(first.predictions.matrix, second.predictions.matrix, (first.style, second.style))
    described = [
        [_describe_difference(cell, classes[true], classes[called], first, second) for called, cell in enumerate(row)]
        for true, row in enumerate(cells)
    ]
    legend = [
        (text("compare_answers.more_often", name=first.name), strongest_shade(first.style)),
        (text("compare_answers.more_often", name=second.name), strongest_shade(second.style)),
        (text("compare_answers.legend_right"), ""),
    ]
    _draw_selectable(described, classes, text("compare_answers.axes"), legend, "compare-matrix-difference")
    st.caption(text("compare_answers.difference_note"))


def _describe_difference(cell: Cell, true: str, called: str, first: Answered, second: Answered) -> dict[str, object]:
    more = second if cell.count > 0 else first
    key = "compare_answers.cell" if cell.count else "compare_answers.cell_even"
    values = {"true": true, "called": called} | (
        {"name": more.name, "count": f"{abs(cell.count):,}"} if cell.count else {}
    )
    shown = f"{cell.count:+,}".replace("-", "−") if cell.count else 0
    return {"count": shown, "background": cell.background, "dark": False, "label": text(key, **values)}
