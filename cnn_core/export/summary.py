"""Run summary as one HTML file without external resources."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from html import escape

import numpy as np

from cnn_core.architecture import compute_anatomy, format_shape
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.evaluation.metrics import find_surest_mistakes
from cnn_core.evaluation.predictions import Predictions, name_classes
from cnn_core.evaluation.published_comparison import compare_run_with_published
from cnn_core.export.summary_parts import (
    Say,
    draw_curves,
    format_settings,
    html_table,
    tabulate_classes,
    tabulate_confusion,
    tabulate_examples,
)
from cnn_core.figures.network_picture import draw_network
from cnn_core.formats import format_digits, format_percent
from cnn_core.palette import FONTS
from cnn_core.runs.store import RunRecord, State

MISTAKES_SHOWN = 12
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 %s; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
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
    say: Say = str,
    language: str = "en",
) -> str:
    """HTML source of a whole page, a few hundred kB at most.

    `predictions` are the kept model's on the test set, `images` that test set, uint8 (N, H, W, C); what is missing is
    left out. `remarks` are sentences. `say` puts the page's own words into another language, `language` names it.
    """
    sections = [
        (say("Result"), _tabulate_result(run, say)),
        (say("Remarks"), _list_remarks(remarks)),
        (say("Published and measured"), _tabulate_published(run, say)),
        (say("Curves"), draw_curves(run, say)),
        *_judge(run, predictions, images, say),
        (say("Training settings"), format_settings(run.experiment.training, say)),
        (say("Layers"), _tabulate_layers(run, say)),
    ]
    body = "\n".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections if content)
    name, made = escape(run.name), datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M")
    dataset, state = say(DATASETS[run.experiment.dataset].title), _name_states(say)[run.state]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>'
        f"<style>{_STYLE.replace('%s', FONTS)}</style></head>\n<body><h1>{name}</h1>\n"
        f"<p>{escape(dataset)} · {escape(state)} · {made} · {escape(run.id)}</p>\n{body}\n</body></html>\n"
    )


def _judge(
    run: RunRecord, predictions: Predictions | None, images: np.ndarray | None, say: Say
) -> list[tuple[str, str]]:
    if predictions is None:
        return []
    names = [say(name) for name in name_classes(run.experiment.dataset, predictions.classes)]
    surest = find_surest_mistakes(predictions.probabilities, predictions.labels)[:MISTAKES_SHOWN]
    examples = tabulate_examples(predictions, images, surest, names, say) if images is not None and len(surest) else ""
    return [
        (say("Confusion"), tabulate_confusion(predictions.matrix, names, say)),
        (say("By class"), tabulate_classes(predictions.matrix, names, say)),
        (say("Surest mistakes"), examples),
    ]


def _tabulate_result(run: RunRecord, say: Say) -> str:
    history, result = run.history, run.history.result or {}
    rows = [
        (say("Test accuracy"), format_percent(result.get("test_accuracy"), 2)),
        (f"{say('Test loss')} ({run.experiment.training.loss})", format_digits(result.get("test_loss"))),
        (say("Epochs"), f"{len(history.epochs)} / {history.plan.epochs if history.plan else '–'}"),
        (say("Training time"), f"{history.seconds:.0f} s" if history.seconds is not None else "–"),
        (say("Parameters"), f"{run.parameters:,}"),
    ]
    if history.plan and history.plan.watched == "validation" and history.epochs:
        rows.insert(2, (say("Validation accuracy"), format_percent(history.epochs[-1].get("val_accuracy"), 2)))
    if run.reason:
        rows.append((say("Ended because"), say(run.reason)))
    return html_table((), rows)


def _tabulate_published(run: RunRecord, say: Say) -> str:
    comparison = compare_run_with_published(run)
    if comparison is None or not comparison.figures:
        return ""
    names = {
        "test_accuracy": say("Test accuracy"),
        "test_loss": say("Test loss"),
        "train_accuracy": say("Training accuracy"),
        "train_loss": say("Training loss"),
    }
    rows = []
    for figure in comparison.figures:
        show = partial(format_percent, decimals=2) if figure.name.endswith("accuracy") else format_digits
        rows.append((names[figure.name], show(figure.published), show(figure.measured)))
    notes = [say(comparison.recipe.published_note)]
    notes += [] if comparison.unchanged else [say("this run's settings differ from the recipe's")]
    note = "; ".join(note for note in notes if note)
    source = f"{comparison.recipe.short}: {say(comparison.recipe.source)}" + (f" ({note})" if note else "")
    return f"<p>{escape(source)}</p>" + html_table((say("Figure"), say("Published"), say("Measured")), rows)


def _tabulate_layers(run: RunRecord, say: Say) -> str:
    spec = run.experiment.architecture
    anatomy = compute_anatomy(spec)
    rows = [
        (row.name, row.kind, format_shape(row.output_shape, spec.data_format), row.arithmetic, f"{row.parameters:,}")
        for row in anatomy.rows
    ]
    table = html_table((say("Layer"), say("Kind"), say("Output"), say("Arithmetic"), say("Parameters")), rows)
    return f'<div class="wide">{draw_network(spec, anatomy)}</div>{table}'


def _list_remarks(remarks: Sequence[str]) -> str:
    return "".join(f"<p>{escape(remark)}</p>" for remark in remarks)


def _name_states(say: Say) -> dict[State, str]:
    return {
        "queued": say("queued"),
        "running": say("running"),
        "paused": say("paused"),
        "completed": say("completed"),
        "stopped": say("stopped"),
        "failed": say("failed"),
        "interrupted": say("interrupted"),
    }
