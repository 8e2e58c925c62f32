"""Keras model files of a run: `.keras`, or architecture and weights separately."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import load_model

if TYPE_CHECKING:
    pass


def write_parts(folder: RunFolder) -> dict[str, bytes]:
    """File name → content: architecture and weights apart, and how to put them together again."""
    model = load_model(folder)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.weights.h5"
        model.save_weights(path)
        weights = path.read_bytes()
    return {
        "architecture.json": model.to_json(indent=2).encode(),
        "model.weights.h5": weights,
        "README.txt": _explain_parts(folder.experiment, model.input_shape).encode(),
    }


def describe_input(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    """Describes the network input in one sentence."""
    scaled = "divided by 255, so 0-1" if experiment.training.input_scaling == "unit" else "left as they are, 0-255"
    return f"Its input is float32 of shape ({', '.join(['N', *map(str, shape[1:])])}), the pixels {scaled}."


def _explain_parts(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    return (
        'model = keras.models.model_from_json(open("architecture.json").read()); '
        'model.load_weights("model.weights.h5")\n'
        f"{describe_input(experiment, shape)}\n"
    )
