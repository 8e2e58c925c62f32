"""Curves of contenders on one axis: epochs, steps or seconds of work, and the mean of repeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnn_core.comparison.contenders import Contender
from cnn_core.runs.curves import Curve, Metric

if TYPE_CHECKING:
    from cnn_core.runs.history import Plan
    from cnn_core.runs.store import RunRecord

Axis = Literal["epoch", "step", "time"]
Placed = dict[int, tuple[float, float | None]]  # which point of its curve → (epochs seen, figure)

_PARTS = (10, 5, 2)  # of an epoch that its training figures are the means of, where there are enough
_POINTS_AT_MOST = 200
_ENOUGH = 2  # recorded points in each part
_TINY = 1e-9


@dataclass(frozen=True)
class ContenderCurves:
    """Curves of a contender: `watched` and `train` are means over repeats, `repeats` the individual ones.

    `repeats` is empty where there is only one. A mean goes over those repeats that have come so far.
    """

    watched: Curve
    train: Curve
    repeats: tuple[Curve, ...] = ()


def compute_contender_curves(contender: Contender, metric: Metric, axis: Axis) -> ContenderCurves:
    """`watched` by epoch; `train` by epoch too, or in up to ten parts of each where enough points were recorded."""
    planned = [(run, run.history.plan) for run in contender.runs if run.history.plan]
    if not planned:
        return ContenderCurves(Curve([], []), Curve([], []))
    parts = min(count_parts(run.history.batches, plan) for run, plan in planned)
    watched = [_on_axis(_by_epoch(run, plan, f"val_{metric}"), run, axis) for run, plan in planned]
    train = [_on_axis(average_parts(run.history.batches, plan, metric, parts), run, axis) for run, plan in planned]
    repeats = tuple(average([one]) for one in watched) if len(planned) > 1 else ()
    return ContenderCurves(average(watched), average(train), repeats)


def average(curves: Sequence[Placed]) -> Curve:
    """Pointwise mean of x and y over the curves that have a finite value there."""
    places = sorted({place for curve in curves for place in curve})
    points = [[curve[place] for curve in curves if place in curve] for place in places]
    return Curve([fmean(x for x, _ in there) for there in points], [_mean(y for _, y in there) for there in points])


def average_parts(batches: Sequence[dict[str, Any]], plan: Plan, name: str, parts: int) -> Placed:
    """Means over equal parts of epochs, at the end of each complete part."""
    found: dict[int, list[float | None]] = {}
    last = 0.0
    for batch in batches:
        last = _place(batch, plan)
        found.setdefault(ceil(last * parts - _TINY), []).append(batch.get(name))
    return {part: (part / parts, _mean(values)) for part, values in found.items() if part <= last * parts + _TINY}


def count_parts(batches: Sequence[dict[str, Any]], plan: Plan) -> int:
    """Number of parts per epoch such that each has points, within a total limit; at least 1."""
    if not batches:
        return _PARTS[0]
    an_epoch = len(batches) / max(_TINY, _place(batches[-1], plan))
    fitting = (n for n in _PARTS if an_epoch >= _ENOUGH * n and plan.epochs * n <= _POINTS_AT_MOST)
    return next(fitting, 1)


def compute_seconds(run: RunRecord, places: Sequence[float]) -> list[float]:
    """Training seconds without pauses up to these positions in epochs, interpolated linearly."""
    plan, history = run.history.plan, run.history
    if plan is None:
        return [0.0 for _ in places]
    x, seconds = [0.0], [0.0]
    for event in history.epochs:
        x.append(_end(event, plan))
        seconds.append(seconds[-1] + (event.get("seconds") or 0.0))
    last = history.batches[-1] if history.batches else None
    if last and _place(last, plan) > x[-1]:  # the epoch that goes on
        began = max(history.planned, history.epochs[-1]["time"] if history.epochs else 0.0)
        paused = _paused(history.interventions, began, last["time"])
        x.append(_place(last, plan))
        seconds.append(seconds[-1] + max(0.0, last["time"] - began - paused))
    return [float(value) for value in np.interp(places, x, seconds)]


def _paused(interventions: Iterable[dict[str, Any]], begin: float, end: float) -> float:
    total, since = 0.0, None
    for event in interventions:
        if event["what"] == "pause":
            since = event["time"]
        elif event["what"] in ("resume", "step") and since is not None:
            total += max(0.0, min(end, event["time"]) - max(begin, since))
            since = event["time"] if event["what"] == "step" else None  # a pause follows each single step
    return total


def _by_epoch(run: RunRecord, plan: Plan, name: str) -> Placed:
    return {i: (_end(event, plan), event.get(name)) for i, event in enumerate(run.history.epochs)}


def _on_axis(points: Placed, run: RunRecord, axis: Axis) -> Placed:
    plan = run.history.plan
    if axis == "epoch" or plan is None:
        return points
    epochs = [x for x, _ in points.values()]
    placed = [x * plan.steps_per_epoch for x in epochs] if axis == "step" else compute_seconds(run, epochs)
    return {place: (x, y) for (place, (_, y)), x in zip(points.items(), placed, strict=True)}


def _place(batch: dict[str, Any], plan: Plan) -> float:
    return float(batch["epoch"] - 1 + batch["samples"] / plan.samples)


def _end(event: dict[str, Any], plan: Plan) -> float:
    return float(event["epoch"] - 1 + event.get("samples", plan.samples) / plan.samples)


def _mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return fmean(there) if there else None
