"""Parameter importance: fraction of the variance between trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnn_core.sweeps.bayesian import build_study, has_optuna, is_within
from cnn_core.sweeps.record import Trial
from cnn_core.sweeps.space import Dimension, Space

Means = Literal["fanova", "forest"]
TRIALS_AT_LEAST = 4
_TREES = 64
_REPEATS = 10


@dataclass(frozen=True)
class Importance:
    """`shares` by path sum to 1, the largest first; `means` is how they were found, from `trials` finished ones."""

    shares: dict[str, float]
    means: Means
    trials: int


def compute_importance(space: Space, trials: Sequence[Trial], seed: int = 0) -> Importance | None:
    """From finished trials: fANOVA (Hutter et al. 2014) where Optuna is installed, else a random forest's permutation
    importance (Breiman 2001). None while fewer than four differ in what they scored."""
    done = [trial for trial in trials if trial.state == "done" and trial.score is not None]
    if len(done) < TRIALS_AT_LEAST or len({trial.score for trial in done}) < 2:
        return None
    if has_optuna():  # it knows nothing of a base that stands outside the ranges
        done = [trial for trial in done if is_within(space, trial.values)] or done
    moved = tuple(d for d in space if len({repr(trial.values.get(d.path)) for trial in done}) > 1)
    if len(moved) < 2:
        shares = {d.path: float(d in moved) for d in space}
        return Importance(_largest_first(shares), "fanova" if has_optuna() else "forest", len(done))
    found = _by_fanova(moved, done, seed) if has_optuna() else None
    shares = found or _by_forest(moved, done, seed)
    total = sum(shares.values())
    if total <= 0:
        return None
    whole = {d.path: shares.get(d.path, 0.0) / total for d in space}
    return Importance(_largest_first(whole), "fanova" if found else "forest", len(done))


def _by_fanova(space: Space, trials: Sequence[Trial], seed: int) -> dict[str, float] | None:
    """None where too few trials lie within the ranges."""
    import optuna

    study = build_study(space, trials)
    if len(study.trials) < TRIALS_AT_LEAST:
        return None
    evaluator = optuna.importance.FanovaImportanceEvaluator(n_trees=_TREES, seed=seed)
    try:
        return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))
    except (RuntimeError, ValueError):  # no variance among them
        return None


def _by_forest(space: Space, trials: Sequence[Trial], seed: int) -> dict[str, float]:
    import numpy as np
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    x = np.array([[_place(d, trial) for d in space] for trial in trials], dtype=float)  # (trials, knobs)
    y = np.array([trial.score for trial in trials], dtype=float)  # (trials,)
    forest = RandomForestRegressor(_TREES, random_state=seed).fit(x, y)
    means = permutation_importance(forest, x, y, n_repeats=_REPEATS, random_state=seed).importances_mean
    return {d.path: max(0.0, float(mean)) for d, mean in zip(space, means, strict=True)}


def _place(dimension: Dimension, trial: Trial) -> float:
    """A number for a value; trees only compare, so a logarithm changes nothing."""
    value = trial.values.get(dimension.path)
    if isinstance(value, (int, float)):
        return float(value)
    return float(dimension.ladder.index(value)) if value in dimension.ladder else -1.0


def _largest_first(shares: dict[str, float]) -> dict[str, float]:
    return dict(sorted(shares.items(), key=lambda item: -item[1]))
