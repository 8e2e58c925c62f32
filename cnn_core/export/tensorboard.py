"""A run as TensorBoard event files: curves, learning rate, kernels, weights, settings, at the times they happened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from math import ceil, prod, sqrt
from pathlib import Path

import numpy as np

from cnn_core.architecture.anatomy import compute_anatomy, format_shape
from cnn_core.architecture.builder import build_model
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.errors import ModelError
from cnn_core.experiment import Experiment
from cnn_core.export.event_file import EventFile
from cnn_core.runs.event_types import ENVELOPE
from cnn_core.runs.model_file import load_model
from cnn_core.runs.snapshots import list_snapshots, load_snapshot
from cnn_core.runs.store import RunRecord

_FIGURES = ("loss", "accuracy")
_TILES, _SIDE = 144, 600  # of the sheet of kernels: how many at most, and about how many pixels


def write_tensorboard(run: RunRecord, folder: Path) -> None:
    """Fills `folder`/train and `folder`/watched. Charts called epoch/… go by epoch, step/… and layers/… by step."""
    with EventFile(folder / "train", run.id, run.created) as file:
        _write_settings(file, run)
        _write_training(file, run)
        _write_weights(file, run)
    with EventFile(folder / "watched", run.id, run.created) as file:
        for event in run.history.epochs:
            for name in _FIGURES:
                file.add_scalar(f"epoch/{name}", event.get(f"val_{name}"), event["epoch"], event["time"])


def tile_kernels(kernels: np.ndarray, in_colour: bool = False) -> np.ndarray:
    """(height, width, channels, filters) → a near-square sheet of the first 144 tiles, white lines between them.

    uint8 (H, W), a tile for each channel of each filter; or (H, W, 3), a filter's three channels as one tile in color.
    Mid gray is 0, white the largest number of all by size, black its opposite; what is not a number is 0.
    """
    finite = np.nan_to_num(kernels, posinf=0.0, neginf=0.0)
    shade = np.rint(127.5 + 127.5 * finite / (np.abs(finite).max() or 1.0)).astype(np.uint8)
    height, width, channels, filters = shade.shape
    if in_colour:
        tiles = shade.transpose(3, 0, 1, 2)  # (filters, h, w, 3)
    else:
        tiles = shade.transpose(3, 2, 0, 1).reshape(filters * channels, height, width, 1)
    tiles = tiles[:_TILES]
    columns = ceil(sqrt(len(tiles)))
    rows = ceil(len(tiles) / columns)
    sheet = np.full((rows * columns, height + 1, width + 1, tiles.shape[3]), 255, np.uint8)
    sheet[: len(tiles), :height, :width] = tiles
    sheet = sheet.reshape(rows, columns, height + 1, width + 1, -1).transpose(0, 2, 1, 3, 4)
    picture = sheet.reshape(rows * (height + 1), columns * (width + 1), -1)
    scale = max(1, _SIDE // max(picture.shape))
    enlarged = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    return enlarged if in_colour else enlarged[:, :, 0]


def _write_training(file: EventFile, run: RunRecord) -> None:
    history = run.history
    steps = history.plan.steps_per_epoch if history.plan else 0
    for event in history.epochs:
        for name in (*_FIGURES, "learning_rate"):
            file.add_scalar(f"epoch/{name}", event.get(name), event["epoch"], event["time"])
    for event in history.batches:
        for name in (*_FIGURES, "learning_rate"):
            file.add_scalar(f"step/{name}", event.get(name), _count(event, steps), event["time"])
    for event in history.layer_stats:
        for index, layer in enumerate(event["names"]):
            for name in ("weights", "gradients", "dead"):
                file.add_scalar(f"layers/{layer}/{name}", event[name][index], _count(event, steps), event["time"])
    for event in history.interventions:
        words = f"{event['what']}: {json.dumps(event.get('value'))}"
        file.add_text("steered", words, _count(event, steps), event["time"])


def _count(event: dict[str, int], steps_per_epoch: int) -> int:
    return (event["epoch"] - 1) * steps_per_epoch + event["step"]


def _write_weights(file: EventFile, run: RunRecord) -> None:
    times = {event["epoch"]: event["time"] for event in run.history.epochs}
    names: list[str] = []
    for epoch, weights in _read_weights(run):
        names = names or [weight.path for weight in build_model(run.experiment.architecture).weights]
        if len(names) != len(weights):
            raise ModelError("The weights of epoch {epoch} are not those of this network. Train it again.", epoch=epoch)
        time = times.get(epoch, run.created)
        for name, values in zip(names, weights, strict=True):
            file.add_histogram(f"weights/{name}", values, epoch, time)
        picture = _picture_first_kernels(run.experiment.architecture, dict(zip(names, weights, strict=True)))
        if picture is not None:
            file.add_image("first kernels", picture, epoch, time)


def _read_weights(run: RunRecord) -> Iterator[tuple[int, list[np.ndarray]]]:
    """Epoch and weights of all snapshots, with the saved model for an epoch without one."""
    epochs = list_snapshots(run.folder.weights_dir)
    for epoch in epochs:
        yield epoch, load_snapshot(run.folder.weights_dir, epoch)
    last = max((event["epoch"] for event in run.history.epochs), default=0)
    kept = (run.history.result or {}).get("epoch", last)
    if run.has_model and kept > max(epochs, default=-1):
        yield kept, load_model(run.folder).get_weights()


def _picture_first_kernels(spec: ArchitectureSpec, weights: dict[str, np.ndarray]) -> np.ndarray | None:
    """Those of the first layer that has any; None where they are no images."""
    name, kernels = next(((n, w) for n, w in weights.items() if n.endswith("kernel")), ("", np.zeros(0)))
    if kernels.ndim == 2 and len(kernels) == prod(spec.input_shape):  # Dense on the input itself: as large as it
        kernels = kernels.reshape(*spec.input_shape, -1)
    if kernels.ndim != 4:
        return None
    in_colour = kernels.shape[2] == 3 and name.endswith("/kernel")
    return tile_kernels(kernels, in_colour)


def _write_settings(file: EventFile, run: RunRecord) -> None:
    experiment, result = run.experiment, run.history.result
    file.add_text("settings", _describe_settings(experiment), 0, run.created)
    file.add_text("architecture", _describe_architecture(experiment.architecture), 0, run.created)
    file.add_text("experiment.json", f"```json\n{experiment.model_dump_json(indent=2)}\n```", 0, run.created)
    if result:
        rows = {name: value for name, value in result.items() if name not in ENVELOPE}
        file.add_text("result", _table(("", ""), rows.items()), 0, result["time"])


def _describe_settings(experiment: Experiment) -> str:
    settings = {"dataset": experiment.dataset, **experiment.training.model_dump(mode="json", exclude={"version"})}
    flat: dict[str, object] = {}
    for name, value in settings.items():
        nested = {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
        flat |= nested
    return _table(("setting", "value"), flat.items())


def _describe_architecture(spec: ArchitectureSpec) -> str:
    anatomy = compute_anatomy(spec)
    rows = [
        (row.name, row.kind, format_shape(row.output_shape, spec.data_format), f"{row.parameters:,}")
        for row in anatomy.rows
    ]
    return _table(("layer", "kind", "output", "parameters"), [*rows, ("", "", "", f"**{anatomy.parameters:,}**")])


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    titles = tuple(head)
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (titles, ("---",) * len(titles), *rows)]
    return "\n".join(lines)
