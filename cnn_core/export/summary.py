"""A run as one HTML file: settings, curves, confusion, figures by class and remarks. Opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

import numpy as np

from cnn_core.architecture import compute_anatomy, format_shape
from cnn_core.data.catalog import DATASETS
from cnn_core.evaluation.metrics import find_surest_mistakes
from cnn_core.evaluation.predictions import Predictions, name_classes
from cnn_core.evaluation.published import compare_run_with_published
from cnn_core.export.summary_parts import (
    draw_curves,
    format_settings,
    html_table,
    tabulate_classes,
    tabulate_confusion,
    tabulate_examples,
)
from cnn_core.figures.network_picture import draw_network
from cnn_core.runs.store import RunRecord

MISTAKES_SHOWN = 12
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
  color: light-dark(#1f2433, #e7e9f0); background: light-dark(#ffffff, #14161d); }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid #8886; vertical-align: top; }
.number { text-align: right; }
.confusion th, .confusion td { text-align: center; padding: 4px 6px; min-width: 2.2em; border: 1px solid #8886; }
.confusion .right { opacity: 0.6; } .confusion .dark { color: #ffffff; }
.curves, .examples { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; } .curves figure { flex: 1 1 340px; }
figure { margin: 0; } figcaption { font-size: 0.85rem; }
.key { margin-right: 1rem; white-space: nowrap; } .key i { display: inline-block; width: 1.4em; height: 0;
  border-top: 3px solid; vertical-align: middle; margin-right: 0.4em; }
.examples figure { width: 9.5em; }
.examples img { width: 64px; height: 64px; image-rendering: pixelated; border: 1px solid #8886; }
"""


def build_summary(
    run: RunRecord,
    predictions: Predictions | None = None,
    images: np.ndarray | None = None,
    remarks: Sequence[str] = (),
) -> str:
    """HTML source of a whole page, a few hundred kB at most.

    `predictions` are the kept model's on the test set, `images` that test set, uint8 (N, H, W, C); what is missing is
    left out. `remarks` are sentences.
    """
    sections = [
        ("Result", _tabulate_result(run)),
        ("Remarks", _list_remarks(remarks)),
        ("Published and measured", _tabulate_published(run)),
        ("Curves", draw_curves(run)),
        *_judge(run, predictions, images),
        ("Training settings", format_settings(run.experiment.training)),
        ("Layers", _tabulate_layers(run)),
    ]
    body = "\n".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections if content)
    name, made = escape(run.name), datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
    dataset = DATASETS[run.experiment.dataset].title
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>'
        f"<style>{_STYLE}</style></head>\n<body><h1>{name}</h1>\n"
        f"<p>{escape(dataset)} · {run.state} · {made} · run {escape(run.id)}</p>\n{body}\n</body></html>\n"
    )


def _judge(run: RunRecord, predictions: Predictions | None, images: np.ndarray | None) -> list[tuple[str, str]]:
    if predictions is None:
        return []
    names = name_classes(run.experiment.dataset, predictions.classes)
    surest = find_surest_mistakes(predictions.probabilities, predictions.labels)[:MISTAKES_SHOWN]
    examples = tabulate_examples(predictions, images, surest, names) if images is not None and len(surest) else ""
    return [
        ("Confusion", tabulate_confusion(predictions.matrix, names)),
        ("By class", tabulate_classes(predictions.matrix, names)),
        ("Surest mistakes", examples),
    ]


def _tabulate_result(run: RunRecord) -> str:
    history, result = run.history, run.history.result or {}
    rows = [
        ("Test accuracy", _percent(result.get("test_accuracy"))),
        (f"Test loss ({run.experiment.training.loss})", _number(result.get("test_loss"))),
        ("Epochs", f"{len(history.epochs)} of {history.plan.epochs if history.plan else '–'}"),
        ("Training time", f"{history.seconds:.0f} s" if history.seconds is not None else "–"),
        ("Parameters", f"{run.parameters:,}"),
    ]
    if history.plan and history.plan.watched == "validation" and history.epochs:
        rows.insert(2, ("Validation accuracy", _percent(history.epochs[-1].get("val_accuracy"))))
    if run.reason:
        rows.append(("Ended because", run.reason))
    return html_table((), rows)


def _tabulate_published(run: RunRecord) -> str:
    comparison = compare_run_with_published(run)
    if comparison is None or not comparison.figures:
        return ""
    rows = []
    for figure in comparison.figures:
        show = _percent if figure.name.endswith("accuracy") else _number
        name = figure.name.replace("_", " ").replace("train", "training").capitalize()
        rows.append((name, show(figure.published), show(figure.measured)))
    notes = [comparison.recipe.published_note]
    notes += [] if comparison.unchanged else ["this run's settings differ from the recipe's"]
    note = "; ".join(note for note in notes if note)
    source = f"{comparison.recipe.short}: {comparison.recipe.source}" + (f" ({note})" if note else "")
    return f"<p>{escape(source)}</p>" + html_table(("Figure", "Published", "Measured"), rows)


def _tabulate_layers(run: RunRecord) -> str:
    spec = run.experiment.architecture
    anatomy = compute_anatomy(spec)
    rows = [
        (row.name, row.kind, format_shape(row.output_shape, spec.data_format), row.arithmetic, f"{row.parameters:,}")
        for row in anatomy.rows
    ]
    table = html_table(("Layer", "Kind", "Output", "Arithmetic", "Parameters"), rows)
    return f'<div class="wide">{draw_network(spec, anatomy)}</div>{table}'


def _list_remarks(remarks: Sequence[str]) -> str:
    return "".join(f"<p>{escape(remark)}</p>" for remark in remarks)


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value * 100:.2f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
