"""Optuna's tree-structured Parzen estimator (Bergstra et al. 2011), asked again each time from the trials there are.

Optuna is an extra (`pip install -r requirements-sweep.txt`); nothing here imports it before it is needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cnn_core.errors import RunError
from cnn_core.sweeps.knobs import Value, Values
from cnn_core.sweeps.record import Trial
from cnn_core.sweeps.space import Dimension, Space
from cnn_core.sweeps.spec import SweepSpec

if TYPE_CHECKING:
    import optuna

INSTALL = "pip install -r requirements-sweep.txt"
_STARTUP_AT_MOST = 10  # by chance, before the estimator has anything to go by

_ROUNDING = 1e-8  # of a place on a grid


def has_optuna() -> bool:
    return find_spec("optuna") is not None


def require_optuna() -> None:
    """Raises `RunError` with the command that installs it."""
    if not has_optuna():
        raise RunError(
            "A Bayesian search needs Optuna, which is not installed: {command}. Or search by chance.", command=INSTALL
        )


def suggest(spec: SweepSpec, space: Space, trials: Sequence[Trial], seed: tuple[int, ...]) -> dict[str, Value]:
    """The next values. Raises `RunError` where Optuna is not installed."""
    require_optuna()
    import numpy as np
    import optuna

    startup = min(_STARTUP_AT_MOST, max(3, spec.trials // 3))
    state = int(np.random.default_rng(seed).integers(2**31))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.TPESampler(seed=state, n_startup_trials=startup, multivariate=True)
    study = build_study(space, trials, sampler)
    asked = study.ask(_distributions(space))
    return {d.path: _decode(d, asked.params[d.path]) for d in space}


def build_study(space: Space, trials: Sequence[Trial], sampler: optuna.samplers.BaseSampler | None = None) -> Any:
    """An Optuna study in memory that knows these trials; those still under way are left out.

    What was refused counts as pruned before its first epoch, which is the worst there is.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    distributions = _distributions(space)
    for trial in trials:
        params = _encode_all(space, trial.values)
        if params is None:  # the base stands outside the ranges
            continue
        done = trial.state == "done" and trial.score is not None
        if done or trial.state in ("pruned", "skipped"):
            study.add_trial(
                optuna.trial.create_trial(
                    state=optuna.trial.TrialState.COMPLETE if done else optuna.trial.TrialState.PRUNED,
                    value=trial.score if done else None,
                    params=params,
                    distributions=distributions,
                    intermediate_values={e: y for e, y in enumerate(trial.curve, start=1) if y is not None},
                )
            )
    return study


def is_within(space: Space, values: Values) -> bool:
    """Whether these values lie where is searched; the base's own may stand outside."""
    return _encode_all(space, values) is not None


def _distributions(space: Space) -> dict[str, Any]:
    return {dimension.path: _distribution(dimension) for dimension in space}


def _distribution(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.is_range:
        low, high = dimension.bounds
        knob, step = dimension.knob, dimension.knob.step
        if dimension.info.whole:
            return IntDistribution(int(low), int(high), log=knob.log, step=int(step or 1))
        return FloatDistribution(low, high, log=knob.log, step=step)
    if dimension.is_ordered:  # the place on the ladder, so that neighbors are near each other
        return IntDistribution(0, len(dimension.ladder) - 1)
    return CategoricalDistribution(dimension.ladder)


def _encode_all(space: Space, values: Values) -> dict[str, Any] | None:
    """As Optuna has them; None where one lies outside."""
    encoded: dict[str, Any] = {}
    for dimension in space:
        value = values.get(dimension.path)
        if not dimension.is_range:
            if value not in dimension.ladder:
                return None
            value = dimension.ladder.index(value) if dimension.is_ordered else value
        elif value is None or not _holds(dimension, float(value)):
            return None
        encoded[dimension.path] = value
    return encoded


def _holds(dimension: Dimension, value: float) -> bool:
    """Whether a range holds a value: within its bounds, and on its grid where it has one."""
    low, high = dimension.bounds
    step = dimension.knob.step or (1 if dimension.info.whole else 0)
    places = (value - low) / step if step else 0.0
    return bool(low <= value <= high and abs(places - round(places)) < _ROUNDING)


def _decode(dimension: Dimension, value: Any) -> Value:
    if dimension.is_range:
        return dimension.tidy(value)
    return dimension.ladder[value] if dimension.is_ordered else value
