"""Estimated time per epoch of a design on this machine."""

from __future__ import annotations

from cnn_core.architecture import Anatomy
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.runs import default_runs_dir
from cnn_core.runs.calibration import read_calibration
from ui.shared.formats import format_duration
from ui.text import text


def format_estimate(design: Experiment, anatomy: Anatomy) -> str:
    """ "about 12 s", or "unknown" before the machine was measured and for kinds of layers that were not tried."""
    calibration = read_calibration(default_runs_dir())
    samples = DATASETS[design.dataset].train_count
    seconds = calibration and calibration.estimate_epoch(anatomy, samples, design.training.batch_size)
    return text("design.about", time=format_duration(max(1.0, seconds))) if seconds else text("design.unknown")
