"""Build, train, inspect and compare convolutional networks from a notebook or a script.

    import cnn_core
    run = cnn_core.train("R5", dataset="digits")
    run.plot_curves()

Importing this package loads no TensorFlow; training and opening a model do.
"""

from cnn_core.architecture import ArchitectureSpec, build_model, compute_anatomy
from cnn_core.data import DATASETS, centre_ink, load_dataset
from cnn_core.data.handwriting.examples import draw_strokes
from cnn_core.errors import CnnLabError
from cnn_core.execution import LocalExecutor
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES, Recipe, find_recipe
from cnn_core.experiment.training import TrainingConfig
from cnn_core.figures.plots import plot_confusion_matrix, plot_curves, plot_explanation, plot_feature_maps
from cnn_core.inspection import Probe, load_probe
from cnn_core.notebook import Run, attack, explain, find_run, list_runs, train
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.training.engine import train_run
from cnn_core.version import __version__ as __version__

__all__ = [
    "DATASETS",
    "RECIPES",
    "ArchitectureSpec",
    "CnnLabError",
    "Experiment",
    "LocalExecutor",
    "Probe",
    "Recipe",
    "Run",
    "RunStore",
    "TrainingConfig",
    "attack",
    "build_model",
    "centre_ink",
    "compute_anatomy",
    "default_runs_dir",
    "draw_strokes",
    "explain",
    "find_recipe",
    "find_run",
    "list_runs",
    "load_dataset",
    "load_probe",
    "plot_confusion_matrix",
    "plot_curves",
    "plot_explanation",
    "plot_feature_maps",
    "train",
    "train_run",
]
