"""All attribution maps of one prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.inspection.attribution.grad_cam import find_last_convolution, list_map_layers
from cnn_core.inspection.attribution.gradients import AttributionKnobs
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS, AttributionRequest
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
    """Explains class `target` for float32 prepared inputs (1, …). Of several colors there is one map: the strongest
    channel's gradient with its sign, and the sum of the integrated gradients.

    Grad-CAM looks at `layer`, or at the last convolution where there is no map of that name. Raises `ModelError`.
    """
    looked_at = layer if layer in list_map_layers(probe) else find_last_convolution(probe)
    request = AttributionRequest(probe, inputs, target, knobs, looked_at)
    maps: dict[str, np.ndarray] = {}
    facts: dict[str, float] = {}
    for key, method in ATTRIBUTIONS.items():
        found = method.compute(request)
        if found is not None:
            maps[key] = found.values
            facts |= found.facts
    scores = Scores(probe)
    score = float(scores.values(inputs)[0, target])
    difference, gap = facts.get("difference", 0.0), facts.get("gap", 0.0)
    return Explanation(maps, score, scores.are_logits, difference, gap, looked_at)
