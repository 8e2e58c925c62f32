"""CNN Lab's engine: build, train and open up convolutional networks from a notebook or a terminal.

    from cnn_core import find_recipe, RunStore, default_runs_dir, train_run
    store = RunStore(default_runs_dir())
    run = store.create(find_recipe("R5").experiment.on_dataset("digits"))
    print(train_run(run).test_accuracy)

Importing this package loads no TensorFlow; training and opening a model do.
"""

from cnn_core.architecture import ArchitectureSpec, build_model, compute_anatomy
from cnn_core.data import DATASETS, centre_ink, load_dataset
from cnn_core.errors import CnnLabError
from cnn_core.execution import LocalExecutor
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES, Recipe, find_recipe
from cnn_core.experiment.training import TrainingConfig
from cnn_core.inspection import Probe, load_probe
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
    "RunStore",
    "TrainingConfig",
    "build_model",
    "centre_ink",
    "compute_anatomy",
    "default_runs_dir",
    "find_recipe",
    "load_dataset",
    "load_probe",
    "train_run",
]
