"""Occlusion sensitivity."""

from __future__ import annotations

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.inspection.attribution.scores import check_target
from cnn_core.inspection.model.probe import Probe

_BATCH = 256  # covered inputs at once


def compute_occlusion(
    probe: Probe, inputs: np.ndarray, target: int, patch: int = 7, stride: int = 2, grey: float = 0.0
) -> np.ndarray:
    """Drop of the class probability under an occluding square (Zeiler & Fergus 2014), float32 (H, W).

    `inputs` float32 (1, …), prepared; the square's side and step are in pixels, `grey` is what it is filled with, from
    0 (the lowest value of a pixel) to 1 (the highest). A pixel's value is the mean over all squares that covered it;
    negative where covering it makes the class more probable. Unlike the gradients it explains the probability, not the
    logit: nothing is differentiated, so a softmax does no harm. Raises `ModelError`.
    """
    check_target(probe.model, inputs, target)
    if patch < 1 or stride < 1:
        raise ModelError(
            "A square of {patch} pixels with steps of {stride} covers nothing; use at least 1 for both.",
            patch=patch,
            stride=stride,
        )
    experiment = probe.experiment
    height, width = inputs.shape[1:3]
    level = np.float32(grey * (255 if experiment.training.input_scaling == "raw" else 1))
    places = [(y, x) for y in _starts(height, patch, stride) for x in _starts(width, patch, stride)]
    falls = []
    whole = probe.predict_inputs(inputs)[0, target]
    for start in range(0, len(places), _BATCH):
        batch = places[start : start + _BATCH]
        covered = np.repeat(inputs, len(batch), axis=0)
        for image, (y, x) in zip(covered, batch, strict=True):
            image[y : y + patch, x : x + patch] = level
        falls.append(whole - probe.predict_inputs(covered)[:, target])
    return _spread(np.concatenate(falls), places, patch, (height, width))


def _starts(length: int, patch: int, stride: int) -> list[int]:
    """Where the square begins along an axis; the last one ends with the input, so that nothing stays uncovered."""
    last = max(length - patch, 0)
    return [*range(0, last, stride), last]


def _spread(falls: np.ndarray, places: list[tuple[int, int]], patch: int, shape: tuple[int, int]) -> np.ndarray:
    """Mean drop of the squares covering each pixel; 0 where uncovered."""
    total, count = np.zeros(shape, np.float64), np.zeros(shape, np.int64)
    for fall, (y, x) in zip(falls, places, strict=True):
        total[y : y + patch, x : x + patch] += fall
        count[y : y + patch, x : x + patch] += 1
    return np.where(count, total / np.maximum(count, 1), 0).astype(np.float32)
