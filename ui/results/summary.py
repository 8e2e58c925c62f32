"""Summary of a run: metrics, published figures, and download."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import streamlit as st

from cnn_core.data.datasets.load import is_available
from cnn_core.diagnosis.diagnose import find_diagnostics
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.published_comparison import PublishedComparison, PublishedFigure
from cnn_core.export.summary import build_summary
from cnn_core.formats import format_digits
from cnn_core.runs.store import RunRecord
from ui.results.source import KEPT, ask, list_choices
from ui.shared.datasets import cached_dataset
from ui.shared.model_picker import format_accuracy
from ui.text import explain, join_sentences, text, translate_core
from ui.text.language import ENGLISH, current_language, use_language

_PATIENCE_S = 60


def render_outcome(run: RunRecord) -> None:
    """The kept model's figures, each named for the set that it was measured on."""
    history, result = run.history, run.history.result
    if result is None:
        return
    cells = [
        ("test_accuracy", format_accuracy(result.get("test_accuracy"))),
        ("test_loss", format_digits(result.get("test_loss"))),
    ]
    kept = result.get("epoch") or len(history.epochs)
    epoch = next((event for event in history.epochs if event["epoch"] == kept), None)
    if epoch and history.plan and history.plan.watched == "validation":
        cells += [
            ("validation_accuracy", format_accuracy(epoch.get("val_accuracy"))),
            ("validation_loss", format_digits(epoch.get("val_loss"))),
        ]
    with st.grid(len(cells), min_column_width=130, gap="small"):
        for name, value in cells:
            loss = run.experiment.training.loss
            st.metric(text(f"results.{name}"), value, help=text(f"results.{name}_help", loss=loss))


def render_published(comparison: PublishedComparison) -> None:
    """The article's figures beside those of this run, which is one of the unchanged recipe."""
    st.markdown(f"**{text('results.published', recipe=comparison.recipe.short)}**")
    headings = [text(f"results.{name}") for name in ("figure", "published_figure", "measured_figure", "difference")]
    _render_table(headings, [_row(figure) for figure in comparison.figures])
    _render_note(comparison)


def render_variant(comparison: PublishedComparison, recipes_own: PublishedComparison | None) -> None:
    """The article's figures, those of a run of its recipe, and those of this run, which is a variant of it."""
    short = comparison.recipe.short
    st.markdown(f"**{text('results.variant', recipe=short)}**")
    headings = [text("results.figure")]
    headings += [text(f"results.{name}", recipe=short) for name in ("recipe_published", "recipe_measured", "this_one")]
    measured = {figure.name: figure.measured for figure in recipes_own.figures} if recipes_own else {}
    rows = []
    for figure in comparison.figures:
        three = (figure.published, measured.get(figure.name), figure.measured)
        rows.append((text(f"results.{figure.name}"), *map(_format_of(figure), three)))
    _render_table(headings, rows)
    _render_note(comparison)
    st.caption(text("results.changed_recipe"))


def render_download(run: RunRecord) -> None:
    """One HTML file; made only when someone asks for it."""
    st.download_button(
        text("results.download"),
        data=partial(_build, run, current_language()),
        file_name=f"{run.id}.html",
        mime="text/html",
        icon=":material/download:",
        help=text("results.download_help"),
        on_click="ignore",
        key=f"results.{run.id}.download",
    )


def _build(run: RunRecord, language: str = ENGLISH) -> bytes:
    use_language(language)  # no one's session asks for the file
    predictions = images = None
    try:
        if KEPT in list_choices(run):
            predictions = ask(run, KEPT).result(_PATIENCE_S).predictions
            dataset = cached_dataset(run.experiment.dataset) if is_available(run.experiment.dataset) else None
            images = dataset.x_test if dataset and predictions.belong_to(dataset) else None
    except (CnnLabError, TimeoutError):
        pass  # the file then holds what there is: settings, curves and figures
    return build_summary(run, predictions, images, list(_remarks(run)), explain, language).encode()


def _remarks(run: RunRecord) -> Iterator[str]:
    for remark in find_diagnostics(run):
        advice = text(f"remarks.{remark.code}_try", **remark.values)
        yield join_sentences((text(f"remarks.{remark.code}", **remark.values), text("remarks.try", advice=advice)))


def _render_table(headings: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        columns = zip(headings, zip(*rows, strict=True), strict=True)
        st.table({heading: list(column) for heading, column in columns}, border="horizontal", hide_index=True)


def _render_note(comparison: PublishedComparison) -> None:
    if comparison.recipe.published_note:
        st.caption(text("results.published_note", note=translate_core(comparison.recipe.published_note)))


def _is_share(figure: PublishedFigure) -> bool:
    return figure.name.endswith("accuracy")


def _format_of(figure: PublishedFigure) -> Callable[[float | None], str]:
    return format_accuracy if _is_share(figure) else format_digits


def _row(figure: PublishedFigure) -> tuple[str, str, str, str]:
    is_share, show = _is_share(figure), _format_of(figure)
    difference = "–"
    if figure.measured is not None:
        away = figure.measured - figure.published
        difference = text("results.points", points=f"{away * 100:+.2f}") if is_share else f"{away:+.5f}"
        difference = difference.replace("-", "−")
    return text(f"results.{figure.name}"), show(figure.published), show(figure.measured), difference
