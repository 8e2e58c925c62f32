"""Computed example tables of glossary terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from cnn_core.architecture import compute_anatomy
from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET
from cnn_core.experiment.recipes import find_recipe
from cnn_core.formats import format_percent
from cnn_core.runs.history import HistoryReader
from cnn_core.runs.store import BUNDLED_DIR

_BATCHES = (8, 64, 512)
_SHARES = (0.9, 0.5, 0.1, 0.01)
_VALUES = (2.0, 4.0, 6.0, 12.0)
_HELD_OUT = 0.1


@dataclass(frozen=True)
class Table:
    """`columns` are names of the catalog's words; cells are numbers or names as they are shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def describe_field() -> Table:
    """How the receptive field grows through R2's windows."""
    rows = compute_anatomy(find_recipe("R2").experiment.architecture).rows
    seen = [row for row in rows if row.receptive_field]
    return Table(
        ("layer", "pixels_seen"), tuple((row.name, f"{row.receptive_field} × {row.receptive_field}") for row in seen)
    )


def describe_macs() -> Table:
    """Where R2's multiplications are, and where its parameters."""
    rows = compute_anatomy(find_recipe("R2").experiment.architecture).rows
    return Table(
        ("layer", "parameters", "macs"),
        tuple((row.name, f"{row.parameters:,}", f"{row.macs:,}") for row in rows if row.parameters),
    )


def describe_steps() -> Table:
    """Steps of one epoch of MNIST for several batch sizes."""
    images = DATASETS[DEFAULT_DATASET].train_count
    return Table(
        ("images", "batch", "steps"), tuple((f"{images:,}", str(b), f"{math.ceil(images / b):,}") for b in _BATCHES)
    )


def describe_cross_entropy() -> Table:
    """-ln p of the share that the true class got."""
    return Table(("share", "loss"), tuple((format_percent(p, 0), f"{-math.log(p):.2f}") for p in _SHARES))


def describe_norm() -> Table:
    """Four values of a channel before and after: minus their mean, divided by their standard deviation."""
    values = np.array(_VALUES)
    normed = (values - values.mean()) / values.std()
    return Table(("before", "after"), tuple((f"{a:g}", f"{b:+.2f}") for a, b in zip(values, normed, strict=True)))


def describe_accuracy() -> Table:
    """Three images: what is true, what is named, and what the accuracy is after each."""
    pairs = ((7, 7), (2, 2), (4, 9))
    right = np.cumsum([true == called for true, called in pairs])
    return Table(
        ("true", "called", "accuracy"),
        tuple(
            (str(t), str(c), f"{n}/{i} = {format_percent(n / i, 0)}")
            for i, ((t, c), n) in enumerate(zip(pairs, right, strict=True), 1)
        ),
    )


def describe_split() -> Table:
    """MNIST with a tenth of the training images held out."""
    images = DATASETS[DEFAULT_DATASET].train_count
    held = int(images * _HELD_OUT)
    parts = ((1 - _HELD_OUT, images - held), (_HELD_OUT, held))
    return Table(("part", "images"), tuple((format_percent(share, 0), f"{count:,}") for share, count in parts))


def describe_history() -> Table:
    """R5's bundled run, epoch by epoch: right on the images it learns from, and on the others."""
    epochs = HistoryReader(BUNDLED_DIR / find_recipe("R5").id / "events.jsonl").read().epochs
    shares = ((e["epoch"], e["accuracy"], e["val_accuracy"]) for e in epochs)
    return Table(
        ("epoch", "training", "test"),
        tuple((str(epoch), format_percent(train, 2), format_percent(test, 2)) for epoch, train, test in shares),
    )


TABLES: Mapping[str, Callable[[], Table]] = MappingProxyType(
    {
        "field": describe_field,
        "macs": describe_macs,
        "steps": describe_steps,
        "crossentropy": describe_cross_entropy,
        "norm": describe_norm,
        "accuracy": describe_accuracy,
        "split": describe_split,
        "history": describe_history,
    }
)
