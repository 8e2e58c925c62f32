"""`train`: an experiment or a recipe's id → a trained run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import find_recipe
from cnn_core.notebook.progress import EpochLines, ProgressBars
from cnn_core.notebook.run import Run, as_run
from cnn_core.runs.events import Listener
from cnn_core.runs.folder import default_runs_dir
from cnn_core.runs.store import RunStore
from cnn_core.training.engine import train_run


def train(
    experiment: Experiment | str,
    dataset: DatasetName | None = None,
    *,
    runs_dir: Path | str | None = None,
    verbose: Literal["auto", 0, 1, 2] = "auto",
    **training: Any,
) -> Run:
    """Trains an experiment in this process and returns its run, which the dashboard shows as well.

    `experiment` is an `Experiment` or a recipe's id such as "R5". `dataset` replaces its dataset, and `training`
    fields of its `TrainingConfig`, for example `epochs=2`. `verbose` is as in `model.fit`: 0 silent, 1 or "auto" a
    progress bar, 2 one line per epoch. The run is stored in `runs_dir`, by default `default_runs_dir()`.

    The seed of the experiment is used for training only: random states, determinism settings, and float types of the
    process are the same afterwards as before, also if training fails. Raises `CnnLabError`.

    Example:
        >>> run = cnn_core.train("R5", dataset="digits", epochs=1, verbose=0)
        >>> run.state
        'completed'
    """
    chosen = find_recipe(experiment).experiment if isinstance(experiment, str) else experiment
    if dataset is not None:
        chosen = chosen.on_dataset(dataset)
    store = RunStore(Path(runs_dir) if runs_dir else default_runs_dir())
    folder = store.create(chosen.with_training(**training))
    train_run(folder, _listener(verbose))
    return as_run(store.find(folder.id))


def _listener(verbose: Literal["auto", 0, 1, 2]) -> Listener | None:
    if verbose == 0:
        return None
    return EpochLines().on_event if verbose == 2 else ProgressBars().on_event
