"""Proposes the next values of a sweep from its past trials, without state in memory, so that a search can go on
after any end of its process."""

from __future__ import annotations

from collections.abc import Sequence

from cnn_core.errors import RunError
from cnn_core.sweeps.knobs import Value
from cnn_core.sweeps.record import REFUSALS_PER_TRIAL, Trial
from cnn_core.sweeps.space import Space, identify, iterate_grid
from cnn_core.sweeps.spec import SweepSpec

_ATTEMPTS = 50  # until a draw is new


def propose(spec: SweepSpec, space: Space, trials: Sequence[Trial]) -> dict[str, Value] | None:
    """Values that no trial has had; None when enough have been tried, or nothing new is found any more.

    The same spec and trials give the same values. Raises `RunError` where a Bayesian search lacks its library.
    """
    paths = [dimension.path for dimension in space]
    tried = {identify(trial.values, paths) for trial in trials}
    if not trials and spec.include_base:
        return {dimension.path: dimension.info.value for dimension in space}
    if spec.method == "grid":
        return next((values for values in iterate_grid(space) if identify(values, paths) not in tried), None)
    if is_enough(spec, trials):
        return None
    for attempt in range(_ATTEMPTS):
        values = _draw(spec, space, trials, attempt)
        if identify(values, paths) not in tried:
            return values
    return None


def explain_end(spec: SweepSpec, trials: Sequence[Trial]) -> str:
    """Why a search that is over made fewer runs than it was to make; empty where it made them all."""
    refused = sum(trial.state == "skipped" for trial in trials)
    if spec.method == "grid" or len(trials) - refused >= spec.trials:
        return ""
    if refused >= REFUSALS_PER_TRIAL * spec.trials:
        return str(
            RunError("{refused} proposals were refused: give the knobs ranges that go together.", refused=refused)
        )
    return str(RunError("All different values within these ranges have been tried."))


def is_enough(spec: SweepSpec, trials: Sequence[Trial]) -> bool:
    """Whether a search by chance has made its runs, or was refused so often that it gives up."""
    refused = sum(trial.state == "skipped" for trial in trials)
    return len(trials) - refused >= spec.trials or refused >= REFUSALS_PER_TRIAL * spec.trials


def _draw(spec: SweepSpec, space: Space, trials: Sequence[Trial], attempt: int) -> dict[str, Value]:
    seed = (spec.seed, len(trials), attempt)
    if spec.method == "bayesian":
        from cnn_core.sweeps.bayesian import suggest

        return suggest(spec, space, trials, seed)
    import numpy as np

    rng = np.random.default_rng(seed)
    return {dimension.path: dimension.draw(rng) for dimension in space}
