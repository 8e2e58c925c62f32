"""Metrics of lesson runs with 95% intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.architecture import compute_anatomy
from cnn_core.comparison.statistics import compute_share_interval
from cnn_core.comparison.verdict import read_answers
from cnn_core.formats import MISSING, format_percent
from cnn_core.learning.lesson_file import Measure, Rule
from cnn_core.runs.store import RunRecord

NEVER = math.inf  # epochs to an accuracy that was not reached
_Z = 1.959964  # of 95 %
_SECONDS_NOISE = 0.25  # the same run takes that much longer or shorter on a machine that does other things too


@dataclass(frozen=True)
class Figure:
    """`value` is None where it is not known, shares are fractions. `noise` is half its 95 % interval.

    `right` (N,) bool marks the test images classified correctly, for metrics that count them.
    """

    value: float | None
    noise: float = 0.0
    right: np.ndarray | None = None


Figures = Mapping[str, Mapping[str, Figure]]  # by experiment, or by what was looked at


def measure_run(run: RunRecord, measures: Sequence[Measure], rule: Rule) -> dict[str, Figure]:
    """Of a complete run."""
    return {measure: _measure(run, measure, rule.reach) for measure in measures}


def _measure(run: RunRecord, measure: Measure, reach: float) -> Figure:
    history, experiment = run.history, run.experiment
    if measure == "parameters":
        return Figure(run.parameters)
    if measure == "macs":
        return Figure(compute_anatomy(experiment.architecture).macs)
    if measure == "seconds":
        seconds = history.seconds
        return Figure(seconds, _SECONDS_NOISE * (seconds or 0.0))
    if measure == "steps":
        return Figure(history.plan.steps_per_epoch * len(history.epochs) if history.plan else None)
    if measure == "epochs_to":
        first = (e["epoch"] for e in history.epochs if (e.get("val_accuracy") or 0.0) >= reach)
        return Figure(next(first, NEVER))
    if measure == "loss":
        return Figure(history.result.get("test_loss") if history.result else None)
    return _measure_gap(run) if measure == "gap" else measure_accuracy(run)


def measure_accuracy(run: RunRecord) -> Figure:
    """On the test set. Its noise is that of other images of the same kind; other seeds are not in it."""
    accuracy, answers = run.history.test_accuracy, read_answers(run.folder)
    if accuracy is None:
        return Figure(None)
    images = len(answers.right) if answers else 0
    return Figure(accuracy, _share_noise(accuracy, images), answers.right if answers else None)


def _measure_gap(run: RunRecord) -> Figure:
    """Accuracy on the training images, mean over the last epoch, minus that on the test images."""
    trained = run.history.epochs[-1].get("accuracy") if run.history.epochs else None
    tested, plan = measure_accuracy(run), run.history.plan
    if trained is None or tested.value is None:
        return Figure(None)
    return Figure(trained - tested.value, math.hypot(tested.noise, _share_noise(trained, plan.samples if plan else 0)))


def _share_noise(share: float, images: int) -> float:
    if not images:
        return 1.0
    interval = compute_share_interval(share, images)
    return (interval.high - interval.low) / 2


def subtract(first: Figure, second: Figure) -> Figure:
    """The difference; of answers to the same images pair by pair, which leaves less to chance."""
    if first.value is None or second.value is None or first.value == second.value == NEVER:
        return Figure(None)
    difference = first.value - second.value
    if first.right is None or second.right is None or first.right.shape != second.right.shape:
        return Figure(difference, math.hypot(first.noise, second.noise))
    # Var of the mean of paired differences d in {-1, 0, 1}: (E[d²] - E[d]²) / N, at least that of one image.
    d = first.right.astype(float) - second.right.astype(float)
    spread = max(float(d.var()), 1 / len(d))
    return Figure(difference, _Z * math.sqrt(spread / len(d)))


def divide(first: Figure, second: Figure) -> Figure:
    """The ratio, with the relative noises added as squares."""
    if first.value is None or second.value is None or not second.value or first.value == second.value == NEVER:
        return Figure(None)
    ratio = first.value / second.value
    if not math.isfinite(ratio) or not first.value:
        return Figure(ratio)
    return Figure(ratio, abs(ratio) * math.hypot(first.noise / first.value, second.noise / second.value))


def show_half_width(measure: str, noise: float) -> str:
    """Half the width of an interval: like the figure itself, without a sign."""
    return show_figure(measure, abs(noise)).removeprefix("+")


def show_figure(measure: str, value: float | None) -> str:
    """As a person reads it, without words."""
    if value is None or not math.isfinite(value):
        return MISSING
    if measure in ("accuracy", "change", "top", "gap"):
        return format_percent(value, signed=measure == "gap")
    if measure in ("parameters", "macs", "steps", "epochs_to"):
        return f"{value:,.0f}"
    return f"{value:.1f} s" if measure == "seconds" else f"{value:.3f}"
