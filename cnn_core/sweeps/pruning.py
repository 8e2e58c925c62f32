"""The median rule (Golovin et al. 2017, as Optuna's `MedianPruner` has it): hopeless trials end early."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from cnn_core.sweeps.spec import Pruning

Curve = Sequence[float | None]


def is_hopeless(curve: Curve, finished: Sequence[Curve], rule: Pruning) -> bool:
    """Whether a trial's best accuracy so far is below the median of the finished ones at the same epoch.

    `curve` has the accuracy of each epoch so far, `finished` the curves of all trials that went to their end.
    """
    epoch = len(curve)
    if not rule.enabled or epoch < rule.warm_up or len(finished) < rule.startup_trials:
        return False
    there = [value for other in finished if len(other) >= epoch and (value := other[epoch - 1]) is not None]
    if not there:
        return False
    best = max((value for value in curve if value is not None), default=None)
    return best is None or best < median(there)
