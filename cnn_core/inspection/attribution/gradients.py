"""Gradient attributions: saliency, SmoothGrad and integrated gradients.

All of them explain the class's score, which is its logit where the network ends in a softmax (see `scores.Scores`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.inspection.attribution.scores import BATCH, Scores, check_target
from cnn_core.inspection.model.probe import Probe

GAP = 0.01  # the share of the difference that integrated gradients may miss
_STEPS = (32, 128, 512, 2048)  # tried in turn until the gap is small enough


@dataclass(frozen=True)
class IntegratedGradients:
    """`values` float32 (H, W, C) should sum to `difference`, the class's score at the input minus that at zero.

    `gap` is how much they miss it by, as a share of it; `steps` is how many points of the way were looked at.
    """

    values: np.ndarray
    difference: float
    steps: int

    @property
    def gap(self) -> float:
        missed = abs(float(self.values.sum(dtype=np.float64)) - self.difference)
        return missed / max(abs(self.difference), 1e-6)


def compute_saliency(probe: Probe, inputs: np.ndarray, target: int) -> np.ndarray:
    """The gradient of the class's score with respect to the input (Simonyan et al. 2013), float32 (H, W, C).

    `inputs` float32 (1, …), prepared. Signed, per unit of input; Simonyan's image is the largest magnitude of the
    channels. Raises `ModelError`.
    """
    check_target(probe.model, inputs, target)
    return Scores(probe).gradients(inputs, target)[0]


def compute_smoothgrad(
    probe: Probe, inputs: np.ndarray, target: int, noise: float = 0.15, samples: int = 32, seed: int = 0
) -> np.ndarray:
    """The mean gradient over noisy copies of the input (Smilkov et al. 2017), float32 (H, W, C).

    `noise` is the standard deviation as a share of the input's range; the same seed gives the same noise.
    """
    check_target(probe.model, inputs, target)
    spread = noise * float(inputs.max() - inputs.min())
    noisy = inputs + np.random.default_rng(seed).normal(0, spread, (samples, *inputs.shape[1:]))
    mean: np.ndarray = Scores(probe).gradients(noisy.astype(np.float32), target).mean(axis=0)
    return mean


def compute_integrated_gradients(probe: Probe, inputs: np.ndarray, target: int) -> IntegratedGradients:
    """Input times the mean gradient on the straight way from an input of zeros (Sundararajan et al. 2017).

    The mean is taken at the middles of equal steps; there are as many as it takes to come within `GAP` of the sum that
    the method's completeness promises, 2,048 at most.
    """
    check_target(probe.model, inputs, target)
    scores = Scores(probe)
    at_zero, at_input = scores.values(np.concatenate([np.zeros_like(inputs), inputs]))[:, target].astype(np.float64)
    for steps in _STEPS:
        mean = np.zeros(inputs.shape[1:], np.float64)
        for start in range(0, steps, BATCH):
            middles = (np.arange(start, min(start + BATCH, steps), dtype=np.float32) + 0.5) / steps
            way = middles.reshape(-1, *[1] * (inputs.ndim - 1)) * inputs
            mean += scores.gradients(way, target).sum(axis=0, dtype=np.float64) / steps
        values = (inputs[0] * mean).astype(np.float32)
        result = IntegratedGradients(values, float(at_input - at_zero), steps)
        if result.gap <= GAP:
            break
    return result
