"""Lessons on trained models: shifted images, and drawings that are not digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cnn_core.data.datasets.catalog import OFFLINE_DATASET
from cnn_core.data.ink import centre_ink
from cnn_core.experiment.preprocess import prepare_images, prepare_ink
from cnn_core.learning.lesson_file import Look
from cnn_core.learning.lessons_figures import Figure

if TYPE_CHECKING:
    from cnn_core.inspection import Probe

_Z = 1.959964
_PEN = 20  # of 280 pixels


def look(wish: Look, probe: Probe) -> dict[str, dict[str, Figure]]:
    """Figures by what was looked at. Takes about a second; loads TensorFlow."""
    return measure_shift(probe, wish.pixels, wish.pictures) if wish.kind == "shift" else ask_about(probe, wish)


def measure_shift(probe: Probe, pixels: int, pictures: int) -> dict[str, dict[str, Figure]]:
    """How much the input and each convolution's and pooling's output change: |f(moved) - f(x)| / |f(x)|, means.

    On the first test images of `digits`, which are always there. A layer is called by its name, the input "input".
    """
    from cnn_core.data.datasets.load import load_dataset

    images = load_dataset(OFFLINE_DATASET).x_test[:pictures]
    experiment = probe.experiment
    scaling = experiment.training.input_scaling
    moved = np.roll(images, pixels, axis=2)  # their margin is empty, so that nothing comes back on the other side
    changes: dict[str, list[float]] = {}
    for image, other in zip(images, moved, strict=True):
        inputs = [prepare_images(one[np.newaxis], scaling) for one in (image, other)]
        pairs: list[tuple[str, np.ndarray, np.ndarray]] = [("input", inputs[0][0], inputs[1][0])]
        before, after = probe.inspect(inputs[0]), probe.inspect(inputs[1])
        pairs += [
            (a.name, a.values, b.values) for a, b in zip(before, after, strict=True) if a.is_map and a.traits.slides
        ]
        for name, one, two in pairs:
            length = float(np.linalg.norm(one))
            if length:
                changes.setdefault(name, []).append(float(np.linalg.norm(two - one)) / length)
    return {name: {"change": _mean(values)} for name, values in changes.items()}


def ask_about(probe: Probe, wish: Look) -> dict[str, dict[str, Figure]]:
    """The largest of the shares and the sum of all, for each drawing and as the mean, called "all"."""
    figures: dict[str, dict[str, Figure]] = {}
    for name, strokes in wish.drawings.items():
        shares = answer_drawing(probe, strokes)
        figures[name] = {"top": Figure(float(shares.max())), "sum": Figure(float(shares.sum(dtype=np.float64)))}
    every = list(figures.values())
    figures["all"] = {m: _mean([its[m].value or 0.0 for its in every]) for m in ("top", "sum")}
    return figures


def answer_drawing(probe: Probe, strokes: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """The model's probabilities (classes,) for strokes in a unit square."""
    return probe.predict_inputs(prepare_ink(drawn(strokes), probe.experiment))[0]


def drawn(strokes: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """Centerd ink (28, 28), 0–1."""
    from cnn_core.data.handwriting.examples import draw_strokes

    return centre_ink(draw_strokes([list(stroke) for stroke in strokes], pen=_PEN))


def _mean(values: Sequence[float]) -> Figure:
    """With the 95 % interval of a mean of that many."""
    if len(values) < 2:
        return Figure(values[0] if values else None)
    return Figure(float(np.mean(values)), _Z * float(np.std(values, ddof=1)) / math.sqrt(len(values)))
