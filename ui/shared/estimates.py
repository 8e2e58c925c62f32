"""How long training will take here, as a sentence: the same on every page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cnn_core.data.datasets.load import is_available
from cnn_core.experiment import Experiment
from ui.server.resources import get_executor
from ui.shared.formats import format_duration
from ui.text import text

_STEPS = ((20, 1), (120, 5), (600, 15))  # up to so many seconds, multiples of so many; above, whole minutes
_MINUTE = 60


def describe_time(experiments: Sequence[Experiment]) -> str:
    """One sentence: the estimate with start-up and queueing, or that it is unknown; empty without experiments."""
    if not experiments:
        return ""
    executor = get_executor()
    line = executor.line()
    seconds = None
    if all(is_available(experiment.dataset) for experiment in experiments):
        seconds = executor.estimator().estimate_total(experiments, line)
    if seconds is None:
        return text("estimates.busy" if line.is_busy else "estimates.unknown")
    ahead = len(line.running) + len(line.waiting)
    key = "estimates.behind_one" if ahead == 1 else "estimates.behind" if ahead else "estimates.about"
    values = {"count": ahead} if ahead > 1 else {}
    return text(key, time=format_rough(seconds), **values)


def estimate_end(runs: Collection[str]) -> float | None:
    """Seconds until these runs, under way or queued, are complete; None where that is unknown."""
    executor = get_executor()
    return executor.estimator().estimate_total((), executor.line(), runs)


def estimate_epoch(experiment: Experiment) -> float | None:
    """Seconds of one epoch here, evaluation included; None where that is unknown."""
    return get_executor().estimator().estimate_epoch(experiment)


def format_rough(seconds: float) -> str:
    """A duration with no more digits than an estimate has."""
    step = next((step for limit, step in _STEPS if seconds < limit), _MINUTE)
    return format_duration(max(step, step * round(seconds / step)))
