"""`predict`: read digits in drawings, scans and photos, preprocessed as on the canvas."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click
import numpy as np

from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.image_file import read_steps
from cnn_core.data.photo.pipeline import PhotoSteps
from cnn_core.data.photo.reading import How
from cnn_core.data.photo.segments import Box
from cnn_core.errors import ImageError
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.inspection import Probe, load_probe
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.runs.store import SCAN_RUN


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--run", "run_id", default=SCAN_RUN, show_default=True, help="A run's id or a bundled recipe.")
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option(
    "--digits",
    "how",
    type=click.Choice(get_args(How)),
    default="auto",
    show_default=True,
    help="Read each image as one digit, or as several; auto chooses the most probable reading.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per image, as described above.")
def predict(images: tuple[Path, ...], run_id: str, runs_dir: Path | None, how: How, as_json: bool) -> None:
    """Read the digits on each of IMAGES. Exit code 1 if any of them can't be read.

    Drawings, scans and photos are read: PNG, JPEG, WebP, AVIF, GIF, BMP or TIFF. Several digits are read one by one,
    rows from the top, each from the left. Each row is a line of its own.

    \b
    With --json each image is one line with one object:
      file           the path as given
      label          one digit: its number. Several: a string such as "1984",
                     with a newline between rows
      probabilities  one digit: ten numbers that sum to 1. Absent for several
      rows           each row from the top: label, and its digits from the left
      digits         every digit in reading order: label, probabilities, box =
                     [left, top, right, bottom] as fractions (0 to 1) of the
                     image read, row (from 0), and looks_like_a_digit (0 to 1)
      least_certain  index into digits of the one with the lowest probability
      ignored        boxes of ink that belongs to no digit
      rotation       degrees counterclockwise by which the image reads better:
                     90, 180, 270, or 0
    A model of other things than digits takes the whole image as one: label is
    the name of the class, and there are no digits.
    """
    probe: Probe | None = None
    failed = False
    for path in images:
        try:
            steps = _read_steps(path, how)
        except ImageError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
            continue
        probe = probe or _open(run_id, runs_dir)
        result = _read_digits(probe, steps) if DATASETS[probe.experiment.dataset].holds_digits else _name(probe, steps)
        if as_json:
            click.echo(json.dumps({"file": str(path), **result}))
            continue
        for line in _in_words(result):
            click.echo(f"{path}: {line}")
        for note in _notes(result):
            click.echo(f"{path}: {note}", err=True)
    if failed:
        raise click.exceptions.Exit(1)


def _open(run_id: str, runs_dir: Path | None) -> Probe:
    run = RunStore(runs_dir or default_runs_dir()).find(run_id)
    load_tensorflow_quietly()
    return load_probe(run.folder)


def _read_steps(path: Path, how: How) -> PhotoSteps:
    steps = replace(read_steps(path), how=how)
    if not steps.digits:
        raise ImageError(
            "{file} shows no ink: it is one even colour. Choose a picture with a digit on it.", file=path.name
        )
    return steps


def _read_digits(probe: Probe, steps: PhotoSteps) -> dict[str, Any]:
    """JSON output for an image of digits."""
    found = steps.detected
    probabilities = probe.predict_inputs(
        np.concatenate([prepare_ink(digit.centred, probe.experiment) for digit in found.digits])
    )
    shape = steps.ink.shape
    numbers = [number for number, row in enumerate(found.rows) for _ in row]
    digits: list[dict[str, Any]] = [
        {
            "label": int(np.argmax(scores)),
            "probabilities": [float(p) for p in scores],
            "box": _box_as_fractions(digit.box, shape),
            "row": number,
            "looks_like_a_digit": round(float(np.exp(digit.log_probability)), 4),
        }
        for digit, scores, number in zip(found.digits, probabilities, numbers, strict=True)
    ]
    rows = [
        {"label": "".join(str(member["label"]) for member in members), "digits": members}
        for members in found.by_row(digits)
    ]
    alone = len(digits) == 1
    return {
        "label": digits[0]["label"] if alone else "\n".join(str(row["label"]) for row in rows),
        **({"probabilities": digits[0]["probabilities"]} if alone else {}),
        "rows": rows,
        "digits": digits,
        "least_certain": int(np.argmin(probabilities.max(axis=1))),
        "ignored": [_box_as_fractions(box, shape) for box in found.ignored],
        "rotation": found.rotation,
    }


def _box_as_fractions(box: Box, shape: tuple[int, ...]) -> list[float]:
    height, width = shape
    return [round(side, 4) for side in (box.left / width, box.top / height, box.right / width, box.bottom / height)]


def _name(probe: Probe, steps: PhotoSteps) -> dict[str, Any]:
    """JSON output for a model with other classes than digits."""
    probabilities = [float(p) for p in probe.predict_ink(centre_ink(steps.ink))]
    names = DATASETS[probe.experiment.dataset].class_names
    return {"label": names[int(np.argmax(probabilities))], "probabilities": probabilities}


def _in_words(result: dict[str, Any]) -> list[str]:
    """`7 (99.2%)`, or for each row `42 (4 99.2%, 2 87.1%)`."""
    if "probabilities" in result:
        return [f"{result['label']} ({max(result['probabilities']):.1%})"]
    lines = []
    for row in result["rows"]:
        each = (f"{digit['label']} {max(digit['probabilities']):.1%}" for digit in row["digits"])
        lines.append(f"{row['label']} ({', '.join(each)})")
    return lines


def _notes(result: dict[str, Any]) -> list[str]:
    """What a reader should know about the result, for stderr."""
    notes = []
    unlike = [
        str(place) for place, digit in enumerate(result.get("digits", []), 1) if digit["looks_like_a_digit"] < 0.5
    ]
    if unlike:
        notes.append(f"Looks like no digit: number {', '.join(unlike)}.")
    if result.get("rotation"):
        notes.append(f"The image reads better rotated by {result['rotation']} degrees counterclockwise.")
    if result.get("ignored"):
        notes.append(f"Ink that belongs to no digit: {len(result['ignored'])} marks.")
    return notes
