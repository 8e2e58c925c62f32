"""`bundle`: train the runs that come with the app, and write the table of docs/results.md."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.cli.progress import TerminalProgress
from cnn_core.evaluation.reproduction import compare_with_published, format_markdown
from cnn_core.recipes import Recipe
from cnn_core.runs.store import BUNDLED_DIR, RunStore


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=BUNDLED_DIR,
    help="Default: where the app reads its bundled runs.",
)
def bundle(out: Path) -> None:
    """Train every recipe on MNIST as published (about 5 minutes on 2 cores) and print published against measured."""
    from cnn_core.runs.bundle import bundle as train_all

    progress = TerminalProgress("")

    def start(recipe: Recipe) -> None:
        click.echo(f"{recipe.short} {recipe.title}", err=True)
        progress.restart(recipe.short)

    train_all(out, start, progress.on_event)
    runs = RunStore(out).list_runs().runs
    click.echo(format_markdown(compare_with_published(run for run in runs if run.folder.path.parent == out)))
