"""Activation maximization by gradient ascent on the input (Erhan et al. 2009; Olah et al. 2017).

https://distill.pub/2017/feature-visualization
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.filters.ascent import trace_ascent
from cnn_core.inspection.model.walk import Progress, traced

if TYPE_CHECKING:
    from cnn_core.inspection.model.probe import Probe

_LOOK_EVERY = 10  # steps between two looks at what has been reached
_NOISE = 0.05  # of the gray that the ascent starts from, in shares of the whole range


class FavouriteSettings(BaseModel):
    """Settings of activation maximization."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(120, ge=10, le=1000, title="Steps", description="How often the picture is changed a little.")
    rate: float = Field(
        0.08, gt=0, le=1, title="Step size", description="How far a pixel moves in a step, as a share of its range."
    )
    jitter: int = Field(
        1, ge=0, le=8, title="Jitter", description="By how many pixels it is shifted at random before each step."
    )
    greyness: float = Field(
        0.2, ge=0, le=5, title="Pull to grey", description="How strongly pixels that matter little are kept grey (L2)."
    )
    smoothness: float = Field(
        0.1, ge=0, le=5, title="Smoothness", description="How strongly neighbours are kept alike (total variation)."
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, title="Seed", description="Another seed starts from other noise.")


@dataclass(frozen=True)
class ActivationMaximization:
    """`picture` uint8 (H, W, C), `value` the largest value of the filter's map for it, after its activation.

    `start` is the same for the gray noise that it was made from. Where no change of the input moves the filter, `value`
    is not above `start`, and the image is that noise.
    """

    picture: np.ndarray
    value: float
    start: float


def find_favourite(
    probe: Probe,
    convolution: str,
    maps: str,
    filter_index: int,
    settings: FavouriteSettings | None = None,
    on_progress: Progress | None = None,
) -> ActivationMaximization:
    """Maximizes the activation of filter `filter_index` (from 0) of a convolution, starting from gray noise.

    `maps` is the layer with its maps (`filters.find_maps`). What grows is the mean of the map as it is before its
    activation, cells below zero counting little, and the map's peak. Both gradients are scaled to the same size, so
    that raw pixels (0–255) and scaled ones (0–1) are treated alike. Pixels stay what an image file can hold. The best
    image on the way is kept; the same seed gives the same one.
    """
    settings = settings or FavouriteSettings()
    climb, look = traced(
        probe, ("ascent", convolution, maps), lambda model: trace_ascent(probe, model, convolution, maps)
    )
    generator = np.random.default_rng(settings.seed)
    number = np.array(filter_index)  # an array, because TensorFlow would trace again for every int
    shape = probe.experiment.architecture.input_shape
    pixels = np.clip(0.5 + _NOISE * generator.standard_normal((1, *shape)), 0, 1).astype(np.float32)

    def judge(current: np.ndarray) -> ActivationMaximization:
        image = np.rint(current * 255).astype(np.uint8)
        experiment = probe.experiment
        inputs = prepare_images(image, experiment.training.input_scaling)
        return ActivationMaximization(image[0], float(look(inputs, number)), start)

    start = float("nan")
    best = judge(pixels)
    start = best.value
    best = replace(best, start=start)
    weights = np.array([settings.rate, settings.greyness, settings.smoothness], np.float32)
    for done in range(0, settings.steps, _LOOK_EVERY):
        count = min(_LOOK_EVERY, settings.steps - done)
        shifts = generator.integers(-settings.jitter, settings.jitter + 1, (count, 2))
        pixels = np.asarray(climb(pixels, number, shifts.astype(np.int32), weights))
        best = max(best, judge(pixels), key=lambda found: found.value)
        if on_progress:
            on_progress((done + count) / settings.steps)
    return best
