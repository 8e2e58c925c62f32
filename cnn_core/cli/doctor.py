"""`doctor`: check the installation, and show the folders of datasets and runs."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from cnn_core.data.datasets.catalog import DATASETS, DatasetInfo
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.version import __version__

_PACKAGES = (
    *("streamlit", "tensorflow", "keras", "plotly", "numpy", "streamlit-drawable-canvas"),
    *("scikit-learn", "scipy", "pydantic", "click", "filelock", "pillow"),
)
# What each optional package is for, by the extra that installs it.
_EXTRAS = {
    "sweep": ("optuna", "Bayesian sweeps"),
    "tsne": ("openTSNE", "t-SNE maps"),
    "tensorboard": ("tensorboard", "TensorBoard's viewer"),
}


@click.command()
def doctor() -> None:
    """Show versions, datasets found, cores, and where runs are stored. Exit code 1 if something is missing."""
    missing = False
    click.echo(f"cnn-lab {__version__} in {Path(__file__).parents[2]}")
    click.echo(f"Python {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores")
    for package in _PACKAGES:
        try:
            click.echo(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing = True
            click.echo(f"{package} is missing: run 'pip install -r requirements.txt'")
    for extra, (package, purpose) in _EXTRAS.items():
        click.echo(f"{package} {_optional(package, extra, purpose)}")
    for info in DATASETS.values():
        click.echo(f"dataset {info.name}: {_where(info)}")
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


def _optional(package: str, extra: str, purpose: str) -> str:
    try:
        return f"{version(package)} (optional: {purpose})"
    except PackageNotFoundError:
        return f"not installed (optional: {purpose}; pip install 'cnn-lab[{extra}]' or -r requirements-{extra}.txt)"


def _where(info: DatasetInfo) -> str:
    if not info.needs_download:
        return info.source
    path = info.find_file()
    return str(path) if path else f"not on this computer; downloaded when first used (about {info.download_mb} MB)"


def _is_writable(folder: Path) -> bool:
    while not folder.exists():  # it is made when first needed: its nearest parent decides
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
