"""Accuracy against cost of contenders, and their Pareto front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

from cnn_core.architecture.anatomy import compute_anatomy
from cnn_core.comparison.contenders import Contender, prefer_own
from cnn_core.runs.store import RunRecord

Cost = Literal["parameters", "macs", "seconds"]


@dataclass(frozen=True)
class Standing:
    """Mean accuracy (fraction) and cost (parameters, multiplications or seconds) of the finished repeats.

    `spread` is the standard deviation of the accuracies over the seeds; None where there is only one repeat.
    """

    contender: Contender
    cost: float
    accuracy: float
    spread: float | None


def compute_standings(contenders: Sequence[Contender], cost: Cost) -> list[Standing]:
    """Standings of tested contenders with a known cost, in the given order."""
    standings = []
    for one in contenders:
        price, accuracies = _measure(one, cost), one.accuracies
        if accuracies and price is not None:
            spread = stdev(accuracies) if len(accuracies) > 1 else None
            standings.append(Standing(one, price, fmean(accuracies), spread))
    return standings


def find_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of the non-dominated (cost, score) points, in order of cost.

    The Pareto front. Points that are alike in both don't beat each other.
    """
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1]))
    front: list[int] = []
    for index in order:
        best = points[front[-1]] if front else None
        if best is None or points[index][1] > best[1] or points[index] == best:
            front.append(index)
    return front


def find_better(points: Sequence[tuple[float, float]], index: int) -> int | None:
    """Index of the highest-scoring point that dominates this one, or None."""
    cost, score = points[index]
    beating = [i for i, (c, s) in enumerate(points) if c <= cost and s >= score and (c, s) != (cost, score)]
    return max(beating, key=lambda i: points[i][1], default=None)


def are_of_one_machine(standings: Sequence[Standing]) -> bool:
    """Whether all were trained on the same machine, so that times can be compared."""
    return len({run.bundled for one in standings for run in _timed(one.contender)}) < 2


def _timed(contender: Contender) -> list[RunRecord]:
    return prefer_own(run for run in contender.finished if run.history.seconds is not None)


def _measure(contender: Contender, cost: Cost) -> float | None:
    if cost == "parameters":
        return float(contender.first.parameters)
    if cost == "macs":
        return float(compute_anatomy(contender.experiment.architecture).macs)
    seconds = [run.history.seconds for run in _timed(contender) if run.history.seconds is not None]
    return fmean(seconds) if seconds else None
