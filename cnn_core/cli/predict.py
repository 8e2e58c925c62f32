"""`predict`: read digits in drawings, scans and photos, preprocessed as on the canvas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.image_file import read_steps
from cnn_core.data.photo.pipeline import PhotoSteps
from cnn_core.errors import ImageError
from cnn_core.inspection import Probe, load_probe
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.runs.store import SCAN_RUN


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--run", "run_id", default=SCAN_RUN, show_default=True, help="A run's id or a bundled recipe.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per picture, as said above.")
def predict(images: tuple[Path, ...], run_id: str, runs_dir: Path | None, as_json: bool) -> None:
    """Say which digits are on each of IMAGES. Exit code 1 if any of them can't be read.

    Drawings, scans and photos are read: PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF. Several digits on a picture are read
    one by one, rows from the top, each from the left.

    \b
    With --json each picture is one line with one object:
      file           the path as given
      label          one digit: its number. Several: a string such as "1984"
      probabilities  one digit: ten shares that sum to 1. Absent for several
      digits         every digit found: label, probabilities, and box = [left,
                     top, right, bottom] as shares (0 to 1) of the sheet read
    A model of other things than digits takes the whole picture as one: label is
    the name of the class, and there are no digits.
    """
    probe: Probe | None = None
    failed = False
    for path in images:
        try:
            steps = _read_steps(path)
        except ImageError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
            continue
        probe = probe or _open(run_id, runs_dir)
        result = _read_digits(probe, steps) if DATASETS[probe.experiment.dataset].holds_digits else _name(probe, steps)
        click.echo(json.dumps({"file": str(path), **result}) if as_json else f"{path}: {_in_words(result)}")
    if failed:
        raise click.exceptions.Exit(1)


def _open(run_id: str, runs_dir: Path | None) -> Probe:
    run = RunStore(runs_dir or default_runs_dir()).find(run_id)
    load_tensorflow_quietly()
    return load_probe(run.folder)


def _read_steps(path: Path) -> PhotoSteps:
    steps = read_steps(path)
    if not steps.digits:
        raise ImageError(
            "{file} shows no ink: it is one even colour. Choose a picture with a digit on it.", file=path.name
        )
    return steps


def _read_digits(probe: Probe, steps: PhotoSteps) -> dict[str, Any]:
    """JSON output for an image of digits."""
    height, width = steps.ink.shape
    digits = []
    for digit in steps.digits:
        probabilities = [float(p) for p in probe.predict_ink(digit.centred)]
        box = digit.box
        places = box.left / width, box.top / height, box.right / width, box.bottom / height
        digits.append(
            {
                "label": int(np.argmax(probabilities)),
                "probabilities": probabilities,
                "box": [round(p, 4) for p in places],
            }
        )
    if len(digits) == 1:
        return {"label": digits[0]["label"], "probabilities": digits[0]["probabilities"], "digits": digits}
    return {"label": "".join(str(digit["label"]) for digit in digits), "digits": digits}


def _name(probe: Probe, steps: PhotoSteps) -> dict[str, Any]:
    """JSON output for a model with other classes than digits."""
    probabilities = [float(p) for p in probe.predict_ink(centre_ink(steps.ink))]
    names = DATASETS[probe.experiment.dataset].class_names
    return {"label": names[int(np.argmax(probabilities))], "probabilities": probabilities}


def _in_words(result: dict[str, Any]) -> str:
    """`7 (99.2%)` or `42 (4 99.2%, 2 87.1%)`."""
    if "probabilities" in result:
        return f"{result['label']} ({max(result['probabilities']):.1%})"
    each = (f"{digit['label']} {max(digit['probabilities']):.1%}" for digit in result["digits"])
    return f"{result['label']} ({', '.join(each)})"
