"""`predict`: picture files through the very path that the canvas takes."""

from __future__ import annotations

import json
from pathlib import Path

import click
import numpy as np

from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.catalog import DATASETS
from cnn_core.data.image_file import read_ink
from cnn_core.data.ink import centre_ink
from cnn_core.errors import ImageError
from cnn_core.inspection import Probe, load_probe
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.runs.store import DEFAULT_RUN


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--run", "run_id", default=DEFAULT_RUN, show_default=True, help="A run's id or a bundled recipe.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per picture: file, label, probabilities.")
def predict(images: tuple[Path, ...], run_id: str, runs_dir: Path | None, as_json: bool) -> None:
    """Say which digit is on each of IMAGES. Exit code 1 if any of them can't be read."""
    probe: Probe | None = None
    failed = False
    for path in images:
        try:
            ink = _read_centred(path)
        except ImageError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
            continue
        probe = probe or _open(run_id, runs_dir)
        click.echo(_format(path, probe, [float(p) for p in probe.predict_ink(ink)], as_json))
    if failed:
        raise click.exceptions.Exit(1)


def _open(run_id: str, runs_dir: Path | None) -> Probe:
    run = RunStore(runs_dir or default_runs_dir()).find(run_id)
    load_tensorflow_quietly()
    return load_probe(run.folder)


def _read_centred(path: Path) -> np.ndarray:
    ink = centre_ink(read_ink(path))
    if not ink.any():
        raise ImageError(f"{path.name} shows no ink: it is one even colour. Choose a picture with a digit on it.")
    return ink


def _format(path: Path, probe: Probe, probabilities: list[float], as_json: bool) -> str:
    info = DATASETS[probe.experiment.dataset]
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    label = best if info.holds_digits else info.class_names[best]
    if as_json:
        return json.dumps({"file": str(path), "label": label, "probabilities": probabilities})
    return f"{path}: {label} ({probabilities[best]:.1%})"
