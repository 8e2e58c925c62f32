"""Why a network gives a class the score that it gives: all explanations of one answer together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.inspection.attribution.grad_cam import compute_grad_cam, find_last_convolution, list_map_layers
from cnn_core.inspection.attribution.gradients import (
    AttributionKnobs,
    compute_integrated_gradients,
    compute_saliency,
    compute_smoothgrad,
)
from cnn_core.inspection.attribution.occlusion import compute_occlusion
from cnn_core.inspection.attribution.scores import Scores
from cnn_core.inspection.model.probe import Probe


@dataclass(frozen=True)
class Explanation:
    """`maps` by method, each float32 (H, W): "saliency" and "smoothgrad" (score per full range of a pixel),
    "integrated" (score), "occlusion" (probability) and, where the network has maps, "grad_cam" of `layer` (≥ 0).

    `score` is the class's at the input, a logit where `is_logit`; `difference` is how far it lies above that of an
    input of zeros, and `gap` the share of it that the integrated gradients miss.
    """

    maps: dict[str, np.ndarray]
    score: float
    is_logit: bool
    difference: float
    gap: float
    layer: str | None


def explain(probe: Probe, inputs: np.ndarray, target: int, knobs: AttributionKnobs, layer: str = "") -> Explanation:
    """Explains class `target` for float32 prepared inputs (1, …). Of several colours there is one map: the strongest
    channel's gradient with its sign, and the sum of the integrated gradients.

    Grad-CAM looks at `layer`, or at the last convolution where there is no map of that name. Raises `ModelError`.
    """
    span = 255.0 if probe.experiment.training.input_scaling == "raw" else 1.0
    integrated = compute_integrated_gradients(probe, inputs, target)
    maps = {
        "saliency": span * _strongest(compute_saliency(probe, inputs, target)),
        "smoothgrad": span * _strongest(compute_smoothgrad(probe, inputs, target, knobs.noise, knobs.samples)),
        "integrated": integrated.values.sum(axis=2),
        "occlusion": compute_occlusion(probe, inputs, target, knobs.patch, knobs.stride, knobs.grey),
    }
    looked_at = layer if layer in list_map_layers(probe) else find_last_convolution(probe)
    if looked_at:
        maps["grad_cam"] = compute_grad_cam(probe, inputs, target, looked_at)
    scores = Scores(probe)
    score = float(scores.values(inputs)[0, target])
    return Explanation(maps, score, scores.are_logits, integrated.difference, integrated.gap, looked_at)


def _strongest(values: np.ndarray) -> np.ndarray:
    """(H, W, C) → (H, W): of each pixel the channel that counts most, as Simonyan et al. (2013) do, with its sign."""
    return np.take_along_axis(values, np.abs(values).argmax(axis=2)[:, :, np.newaxis], axis=2)[:, :, 0]
