"""`bundle`: train the runs that come with the app."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.cli.progress import TerminalProgress
from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.experiment.recipes import RECIPES, Recipe, find_recipe
from cnn_core.runs.store import BUNDLED_DIR


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=BUNDLED_DIR,
    help="Default: where the app reads its bundled runs.",
)
@click.argument("recipes", nargs=-1)
def bundle(out: Path, recipes: tuple[str, ...]) -> None:
    """Train RECIPES on MNIST as published and keep the runs as the bundled ones; all of them take about 20 minutes."""
    only = [find_recipe(name) for name in recipes] or RECIPES
    from cnn_core.execution.bundle import bundle as train_all

    progress = TerminalProgress("")

    def start(recipe: Recipe) -> None:
        click.echo(f"{recipe.short} {recipe.title}", err=True)
        progress.restart(recipe.short)

    load_tensorflow_quietly()
    train_all(out, start, progress.on_event, only)
