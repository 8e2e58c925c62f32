"""`train`: train a recipe into a run folder, also shown in the dashboard."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

from cnn_core.cli.choices import RegistryChoice
from cnn_core.cli.progress import TerminalProgress
from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.experiment.recipes import find_recipe
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.training.engine import train_run


@click.command()
@click.argument("recipe")
@click.option("--dataset", type=RegistryChoice(DATASETS), help="Default: mnist.")
@click.option("--epochs", type=int, help="Default: the recipe's own.")
@click.option("--seed", type=int, help="Default: 1337.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON object and nothing else.")
def train(
    recipe: str,
    dataset: DatasetName | None,
    epochs: int | None,
    seed: int | None,
    runs_dir: Path | None,
    as_json: bool,
) -> None:
    """Train RECIPE (R1 … R5, lenet-5, dense-baseline; see `recipes`)."""
    experiment = find_recipe(recipe).experiment
    if dataset:
        experiment = experiment.on_dataset(dataset)
    changes = {key: value for key, value in (("epochs", epochs), ("seed", seed)) if value is not None}
    experiment = experiment.with_training(**changes)
    load_tensorflow_quietly()  # before the run exists: a dashboard would start one that waits
    folder = RunStore(runs_dir or default_runs_dir()).create(experiment)
    with TerminalProgress(experiment.name, quiet=as_json) as progress:
        result = train_run(folder, progress.on_event)
    if as_json:
        outcome = {
            "run": folder.id,
            "path": str(folder.path),
            "recipe": experiment.recipe,
            "dataset": experiment.dataset,
            "test_loss": result.test_loss if math.isfinite(result.test_loss) else None,
            "test_accuracy": result.test_accuracy,
            "seconds": result.seconds,
        }
        click.echo(json.dumps(outcome))
    else:
        click.echo(f"test loss {result.test_loss:.4f}, test accuracy {result.test_accuracy:.4f}")
        click.echo(f"run {folder.id} in {folder.path.parent}")
