"""Training curves: records → points, and the words on their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from cnn_core.runs.curves import Curve, Metric

if TYPE_CHECKING:
    from cnn_core.runs.history import Plan
    from cnn_core.runs.store import RunRecord

Points = list[tuple[float, float | None]]
POINTS_AT_MOST = 1_000
_JUDGED = 50  # the last points that say how far apart points are


@dataclass(frozen=True)
class Spacing:
    """How far apart the points within an epoch are drawn."""

    seconds: float
    steps: int


@dataclass(frozen=True)
class Labels:
    """The words on a figure, in the reader's language."""

    epoch: str
    metric: str
    train: str
    watched: str
    within: str
    published: str = ""


def compute_curves(run: RunRecord, metric: Metric) -> dict[str, Curve]:
    """`within`: training, every few batches. `train` and `watched`: by epoch, at its end or where it was stopped."""
    plan, history = run.history.plan, run.history
    if plan is None:
        return {}
    ends = [e["epoch"] - 1 + e.get("samples", plan.samples) / plan.samples for e in history.epochs]
    return {
        "within": compute_within(history.batches, plan, metric),
        "train": Curve(ends, [e.get(metric) for e in history.epochs]),
        "watched": Curve(ends, [e.get(f"val_{metric}") for e in history.epochs]),
    }


def compute_within(batches: Sequence[dict[str, Any]], plan: Plan, name: str) -> Curve:
    """A figure of the `batch` events, where in its epoch each was taken; at most a thousand points."""
    points = thin([(b["epoch"] - 1 + b["samples"] / plan.samples, b.get(name)) for b in batches])
    return Curve([x for x, _ in points], [y for _, y in points])


def group_size(count: int) -> int:
    """How many recorded points become one drawn point: a power of two, so that a growing curve is seldom regrouped."""
    size = 1
    while -(-count // size) > POINTS_AT_MOST:
        size *= 2
    return size


def thin(points: Sequence[tuple[float, float | None]]) -> Points:
    """At most a thousand points: means of equal groups, so that no batch is simply left out."""
    size = group_size(len(points))
    if size == 1:
        return list(points)
    groups = (points[i : i + size] for i in range(0, len(points), size))
    return [(group[-1][0], _mean([y for _, y in group])) for group in groups]


def measure_spacing(batches: Sequence[dict[str, Any]]) -> Spacing | None:
    """From the last points, medians, so that a pause or an epoch's end does not count; None before there are two."""
    last = batches[-_JUDGED:]
    pairs = [(a, b) for a, b in pairwise(last) if a["epoch"] == b["epoch"]]
    if not pairs:
        return None
    size = group_size(len(batches))
    seconds = median(b["time"] - a["time"] for a, b in pairs)
    steps = median(b["step"] - a["step"] for a, b in pairs)
    return Spacing(seconds * size, max(1, round(steps * size)))


def _mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
