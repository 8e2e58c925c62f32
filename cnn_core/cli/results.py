"""`results`: published against measured, from the runs there are."""

from __future__ import annotations

from pathlib import Path

import click

from cnn_core.evaluation.reproduction import compare_with_published, format_markdown
from cnn_core.runs import RunStore, default_runs_dir


@click.command()
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
def results(runs_dir: Path | None) -> None:
    """Print published against measured accuracy of each recipe, as a Markdown table.

    A recipe's newest complete run on MNIST counts, one of your own before the bundled one.
    """
    runs = RunStore(runs_dir or default_runs_dir()).list_runs().runs
    click.echo(format_markdown(compare_with_published(runs)))
