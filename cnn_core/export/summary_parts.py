"""Parts of a run summary: tables and curves as HTML and SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from pydantic import BaseModel

from cnn_core.data.datasets.catalog import DEFAULT_DATASET
from cnn_core.evaluation.metrics import compute_class_figures, find_confusions
from cnn_core.evaluation.predictions import Predictions
from cnn_core.experiment.published import published_epochs
from cnn_core.figures.confusion import color_cells
from cnn_core.figures.curve_svg import Line, draw_lines
from cnn_core.figures.curves import compute_curves
from cnn_core.figures.thumbnails import encode_png
from cnn_core.formats import format_percent
from cnn_core.palette import style_of
from cnn_core.runs.curves import Metric
from cnn_core.runs.store import RunRecord

Say = Callable[[str], str]  # a word of the page into the reader's language
PUBLISHED_COLOR = "#8a8f9c"


def html_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Escapes everything; no heading row where there are no headings."""
    head = "<tr>" + "".join(f'<th scope="col">{escape(name)}</th>' for name in headings) + "</tr>" if headings else ""
    lines = (
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(value)}</td>" for value in rest) + "</tr>"
        for first, *rest in rows
    )
    return f'<div class="wide"><table>{head}{"".join(lines)}</table></div>'


def draw_curves(run: RunRecord, say: Say = str) -> str:
    """Accuracy and loss side by side with their key; "" for a run without any figure."""
    if run.history.plan is None or not (run.history.batches or run.history.epochs):
        return ""
    titles: dict[Metric, str] = {"accuracy": say("Accuracy"), "loss": say("Loss")}
    pictures = [(metric, _collect_lines(run, metric, say)) for metric in titles]
    end = max(1.0, *(line.points[-1][0] for _, lines in pictures for line in lines))
    figures = (
        f"<figure>{draw_lines(lines, titles[metric], say('epoch'), end, metric == 'accuracy')}</figure>"
        for metric, lines in pictures
    )
    keys = (
        f'<span class="key"><i style="color: {line.color}; opacity: {line.opacity}; '
        f'border-top-style: {"dotted" if line.dash or not line.joined else "solid"}"></i>{escape(line.name)}</span>'
        for line in pictures[0][1]
    )
    return f'<div class="curves">{"".join(figures)}</div><p>{"".join(keys)}</p>'


def _collect_lines(run: RunRecord, metric: Metric, say: Say) -> list[Line]:
    curves, color = compute_curves(run, metric), style_of(run.style).color
    is_held_out = run.history.plan and run.history.plan.watched == "validation"
    watched = say("validation") if is_held_out else say("test set")
    kinds: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("within", say("training, every few batches"), {"width": 1.0, "opacity": 0.5}),
        ("train", say("training, by epoch"), {"dash": "2 4", "dots": True}),
        ("watched", watched, {"width": 2.5, "dots": True}),
    )
    lines = [
        Line(name, color, list(zip(curves[key].x, curves[key].y, strict=True)), **look)
        for key, name, look in kinds
        if key in curves and curves[key].x
    ]
    published = published_epochs.get(run.experiment.recipe or "") if run.experiment.dataset == DEFAULT_DATASET else None
    if published:
        points = list(enumerate(getattr(published, metric)[: max(1, len(run.history.epochs))], start=1))
        lines.append(Line(say("training, as published"), PUBLISHED_COLOR, points, dots=True, joined=False))
    return lines


def tabulate_confusion(matrix: np.ndarray, names: Sequence[str], say: Say = str) -> str:
    """Rows are the truth, columns the prediction; only mistakes are colored."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    rows = []
    for true, (name, cells) in enumerate(zip(names, color_cells(matrix), strict=True)):
        fields = (
            f'<td class="{"right" if predicted == true else "dark" if cell.is_dark else ""}"'
            + (f' style="background: {cell.background}"' if cell.background else "")
            + f">{cell.count or ''}</td>"
            for predicted, cell in enumerate(cells)
        )
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(fields)}</tr>')
    note = say(
        "Rows are the true classes, columns the predictions, cells count test images. Only mistakes are coloured; "
        "the shade grows with the square root of their number. The right answers stand on the diagonal."
    )
    return (
        f'<p>{note}</p><div class="wide"><table class="confusion"><tr><td></td>{head}</tr>{"".join(rows)}</table></div>'
    )


def tabulate_classes(matrix: np.ndarray, names: Sequence[str], say: Say = str) -> str:
    """Per class: its images, its accuracy, its precision, and the class most often predicted instead."""
    figures, confusions = compute_class_figures(matrix), find_confusions(matrix)
    rows = []
    for index, name in enumerate(names):
        taken = next(((called, count) for true, called, count in confusions if true == index), None)
        rows.append(
            (
                name,
                f"{figures.support[index]:,}",
                format_percent(figures.recall[index]),
                format_percent(figures.precision[index]),
                f"{names[taken[0]]} ({taken[1]}×)" if taken else "–",
            )
        )
    headings = (say("Class"), say("Images"), say("Accuracy"), say("Precision"), say("Most often taken for"))
    return html_table(headings, rows)


def tabulate_examples(
    predictions: Predictions, images: np.ndarray, indices: Iterable[int], names: Sequence[str], say: Say = str
) -> str:
    """Test images with prediction and truth, each with the probability it was given."""
    cards = []
    for index in map(int, indices):
        called, true, shares = predictions.predicted[index], predictions.labels[index], predictions.probabilities[index]
        words = say("{called} ({share}), is {true} ({other})").format(
            called=names[called],
            share=format_percent(shares[called]),
            true=names[true],
            other=format_percent(shares[true]),
        )
        picture = f'<img src="{encode_png(images[index])}" alt="{index}">'
        cards.append(f"<figure>{picture}<figcaption>{index}: {escape(words)}</figcaption></figure>")
    return f'<div class="examples">{"".join(cards)}</div>'


def format_settings(training: BaseModel, say: Say = str) -> str:
    """Every setting under its title, nested ones spelled out."""
    fields = type(training).model_fields
    values = training.model_dump(exclude={"version"})
    return html_table((), [(say(fields[name].title or name), _format_value(value)) for name, value in values.items()])


def _format_value(value: object) -> str:
    if isinstance(value, dict):
        kind, rest = value.get("kind", ""), {k: v for k, v in value.items() if k != "kind"}
        knobs = ", ".join(f"{name} {_format_value(knob)}" for name, knob in rest.items())
        return f"{kind} ({knobs})" if kind and knobs else str(kind or knobs)
    return f"{value:g}" if isinstance(value, float) else str(value)
