"""All attribution maps of one prediction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnn_core.inspection.attribution.methods import AttributionRequest, build_methods
from cnn_core.inspection.attribution.scores import Scores
from cnn_core.inspection.model.probe import Probe


@dataclass(frozen=True)
class Explanation:
    """Attribution maps of class scores.

    `maps` by method, each float32 (H, W): "saliency" and "smoothgrad" (score per full pixel range), "integrated"
    (score), "occlusion" (probability) and, if the network has feature maps, "grad_cam" (≥ 0). `facts` by method fill
    their descriptions: `layer` of Grad-CAM; `difference` of the score to that of an all-zero input, and `gap`, the
    fraction of it that integrated gradients miss. `score` is the score of the class, a logit if `is_logit`.
    """

    maps: dict[str, np.ndarray]
    facts: dict[str, dict[str, Any]]
    score: float
    is_logit: bool


def explain(probe: Probe, inputs: np.ndarray, target: int, settings: Mapping[str, Any] | None = None) -> Explanation:
    """Explains class `target` for float32 prepared inputs (1, H, W, C) by all registered methods.

    `settings` are parameters of the methods, such as `noise`, `patch` or `layer`. Color channels are reduced to one
    map: the gradient of largest magnitude with its sign, or the sum of the integrated gradients. Raises `ModelError`,
    `pydantic.ValidationError` for a value out of range, and `TypeError` for an unknown parameter.

    Example:
        >>> sorted(explain(probe, inputs, target=3, settings={"patch": 5}).maps)
        ['grad_cam', 'integrated', 'occlusion', 'saliency', 'smoothgrad']
    """
    request = AttributionRequest(probe, inputs, target)
    computed = {method.key: method.compute(request) for method in build_methods(settings or {})}
    found = {key: attribution for key, attribution in computed.items() if attribution is not None}
    scores = Scores(probe)
    return Explanation(
        {key: attribution.values for key, attribution in found.items()},
        {key: attribution.facts for key, attribution in found.items()},
        float(scores.values(inputs)[0, target]),
        scores.are_logits,
    )
