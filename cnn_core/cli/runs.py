"""`runs`: list all runs, also those of the dashboard."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cnn_core.runs import RunRecord, RunStore, default_runs_dir
from cnn_core.runs.disk import disk_use

_MB = 10**6


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As one JSON list; sizes in bytes.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
def runs(as_json: bool, runs_dir: Path | None) -> None:
    """List all runs, newest first, bundled ones last."""
    listing = RunStore(runs_dir or default_runs_dir()).list_runs()
    if as_json:
        click.echo(json.dumps([_describe(run) for run in listing.runs], indent=2))
    else:
        width = max((len(run.id) for run in listing.runs), default=0)
        for run in listing.runs:
            click.echo(_line(run, width))
    for problem in listing.problems:
        click.echo(problem, err=True)


def _describe(run: RunRecord) -> dict[str, object]:
    return {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "dataset": run.experiment.dataset,
        "test_accuracy": run.history.test_accuracy,
        "seconds": run.history.seconds,
        "size": disk_use(run.folder.path),
        "bundled": run.bundled,
        "tags": list(run.labels.tags),
        "starred": run.labels.star,
    }


def _line(run: RunRecord, width: int) -> str:
    accuracy, seconds = run.history.test_accuracy, run.history.seconds
    return (
        f"{run.id:<{width}}  {run.state:<11}  {run.experiment.dataset:<13}  "
        f"{'–' if accuracy is None else f'{accuracy:.4f}':>6}  {'–' if seconds is None else f'{seconds:.1f} s':>8}  "
        f"{disk_use(run.folder.path) / _MB:6.1f} MB  {run.name}"
    )
