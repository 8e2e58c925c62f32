"""`doctor`: is everything there that the app needs, and where does it look?"""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from cnn_core.data.datasets.catalog import DATASETS, DatasetInfo
from cnn_core.data.datasets.files import find_dataset_file
from cnn_core.runs import RunStore, default_runs_dir

_PACKAGES = (
    "streamlit",
    "tensorflow",
    "keras",
    "plotly",
    "numpy",
    "streamlit-drawable-canvas",
    "scikit-learn",
)


@click.command()
def doctor() -> None:
    """Show versions, data sets found, cores, and where runs lie. Exit code 1 if something is missing."""
    missing = False
    click.echo(f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores")
    for package in _PACKAGES:
        try:
            click.echo(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing = True
            click.echo(f"{package} is missing: run 'pip install -r requirements.txt'")
    for info in DATASETS.values():
        click.echo(f"data set {info.name}: {_where(info)}")
    runs_dir = default_runs_dir()
    listing = RunStore(runs_dir).list_runs()
    own = sum(not run.bundled for run in listing.runs)
    click.echo(f"runs: {own} in {runs_dir}, {len(listing.runs) - own} bundled")
    if not _is_writable(runs_dir):
        missing = True
        click.echo(f"{runs_dir} can't be written: give it write permission or set CNN_LAB_RUNS_DIR")
    for problem in listing.problems:
        click.echo(problem)
    sys.exit(1 if missing else 0)


def _where(info: DatasetInfo) -> str:
    if not info.needs_download:
        return "comes with scikit-learn"
    path = find_dataset_file(info.name)
    return str(path) if path else f"not on this computer; downloaded when first used (about {info.download_mb} MB)"


def _is_writable(folder: Path) -> bool:
    while not folder.exists():  # it is made when first needed: its nearest parent decides
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
