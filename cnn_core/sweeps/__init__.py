"""Sweeps: a search over any knobs of an experiment, each trial an ordinary run."""

from cnn_core.sweeps.bayesian import INSTALL, has_optuna
from cnn_core.sweeps.driver import SweepDriver
from cnn_core.sweeps.folder import SweepFolder, create_sweep, find_sweep
from cnn_core.sweeps.importance import Importance, compute_importance
from cnn_core.sweeps.knobs import KnobInfo, apply_values, list_knobs
from cnn_core.sweeps.record import SweepRecord, Trial, list_sweeps, read_sweep
from cnn_core.sweeps.service import SweepService
from cnn_core.sweeps.space import Dimension, build_space, count_refused
from cnn_core.sweeps.spec import Base, Knob, Pruning, SweepSpec
from cnn_core.sweeps.suggest import suggest_knob, suggest_values

__all__ = [
    "INSTALL",
    "Base",
    "Dimension",
    "Importance",
    "Knob",
    "KnobInfo",
    "Pruning",
    "SweepDriver",
    "SweepFolder",
    "SweepRecord",
    "SweepService",
    "SweepSpec",
    "Trial",
    "apply_values",
    "build_space",
    "compute_importance",
    "count_refused",
    "create_sweep",
    "find_sweep",
    "has_optuna",
    "list_knobs",
    "list_sweeps",
    "read_sweep",
    "suggest_knob",
    "suggest_values",
]
