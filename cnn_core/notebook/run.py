"""A run with history, metrics, model, predictions and plots."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.data.datasets.load import load_dataset
from cnn_core.evaluation.predictions import (
    Predictions,
    compute_predictions,
    name_classes,
    open_epoch,
    read_predictions,
)
from cnn_core.figures.plots import plot_confusion_matrix, plot_curves, plot_explanation, plot_feature_maps
from cnn_core.inspection import Probe, load_probe
from cnn_core.notebook.look import explain
from cnn_core.runs.folder import default_runs_dir
from cnn_core.runs.store import RunRecord, RunStore

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Run(RunRecord):
    """One run as it was when it was read: settings, history, results, and figures.

    `experiment` is what was trained, `state` one of queued, running, paused, completed, stopped, failed, and
    interrupted. `history` has one dict per epoch with Keras's names of the metrics.

    Example:
        >>> run = cnn_core.find_run("R2")
        >>> epochs = pandas.DataFrame(run.history)
        >>> run.test_accuracy > 0.98
        True
    """

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @property
    def test_accuracy(self) -> float | None:
        """On the test set, 0–1; None before the run is complete."""
        return self.history.test_accuracy

    @property
    def test_loss(self) -> float | None:
        """On the test set; None before the run is complete."""
        return self.history.result["test_loss"] if self.history.result else None

    @property
    def seconds(self) -> float | None:
        """Seconds that all epochs took, validation included; None before the run is complete."""
        return self.history.seconds

    def probe(self, epoch: int | None = None) -> Probe:
        """The trained model opened for inspection, or as it was after `epoch` (0: untrained). Raises `ModelError`."""
        return load_probe(self.folder) if epoch is None else open_epoch(self.folder, epoch)

    @cached_property
    def predictions(self) -> Predictions:
        """Probabilities and true classes of all test images, read from the folder if they are there."""
        stored = read_predictions(self.folder)
        if stored is not None:
            return stored
        dataset = load_dataset(self.experiment.dataset)
        return compute_predictions(self.probe().predict_inputs, self.experiment, dataset)

    def plot_curves(self) -> go.Figure:
        """Loss and accuracy by epoch (Plotly)."""
        return plot_curves(self)

    def plot_confusion_matrix(self) -> go.Figure:
        """True against predicted classes of the test images (Plotly)."""
        predictions = self.predictions
        return plot_confusion_matrix(predictions, name_classes(self.experiment.dataset, predictions.classes))

    def plot_feature_maps(self, image: np.ndarray, layer: str | None = None) -> go.Figure:
        """What each filter of a layer makes of an image: the first convolution, or the layer named (Plotly)."""
        return plot_feature_maps(self.probe().feature_maps(image), layer)

    def plot_explanation(self, image: np.ndarray, target: int | None = None) -> go.Figure:
        """Which pixels matter for the predicted class, or for class `target`, by several methods (Plotly)."""
        probe = self.probe()
        picture = probe.prepare_one(image)[0]
        return plot_explanation(explain(probe, image, target), picture)

    def __repr__(self) -> str:
        accuracy = "" if self.test_accuracy is None else f", test accuracy {self.test_accuracy:.4f}"
        return f"<Run {self.id}: {self.name} on {self.experiment.dataset}, {self.state}{accuracy}>"


def find_run(run_id: str, runs_dir: Path | str | None = None) -> Run:
    """A run by its id, by the beginning of it, or a recipe's published run by the recipe's id. Raises `RunNotFound`.

    `runs_dir` is the folder of runs, by default `default_runs_dir()`.

    Example:
        >>> cnn_core.find_run("R2").experiment.dataset
        'mnist'
    """
    return as_run(_open_store(runs_dir).find(run_id))


def list_runs(runs_dir: Path | str | None = None) -> list[Run]:
    """All runs that can be read: newest first, then those that come with the package.

    Example:
        >>> [run.name for run in cnn_core.list_runs() if run.bundled]
        [...]
    """
    return [as_run(record) for record in _open_store(runs_dir).list_runs().runs]


def as_run(record: RunRecord) -> Run:
    """The same run with the methods for notebooks."""
    return Run(**{field.name: getattr(record, field.name) for field in fields(record)})


def _open_store(runs_dir: Path | str | None) -> RunStore:
    return RunStore(Path(runs_dir) if runs_dir else default_runs_dir())
