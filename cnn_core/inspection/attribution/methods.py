"""Attribution methods: one class each, which computes a map over the input and describes it.

One from outside the package is added with `register_attribution`; Layers then shows it beside the others, and `explain`
returns its map.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnn_core.inspection.attribution.grad_cam import compute_grad_cam
from cnn_core.inspection.attribution.gradients import (
    AttributionKnobs,
    compute_integrated_gradients,
    compute_saliency,
    compute_smoothgrad,
)
from cnn_core.inspection.attribution.occlusion import compute_occlusion
from cnn_core.inspection.model.probe import Probe


@dataclass(frozen=True)
class AttributionRequest:
    """Request to explain class `target` for prepared inputs float32 (1, H, W, C).

    `layer` is the layer whose maps Grad-CAM uses, or None in a network without maps.
    """

    probe: Probe
    inputs: np.ndarray
    target: int
    knobs: AttributionKnobs = field(default_factory=AttributionKnobs)
    layer: str | None = None

    @property
    def span(self) -> float:
        """The range of a pixel as the network receives it."""
        return 255.0 if self.probe.experiment.training.input_scaling == "raw" else 1.0


@dataclass(frozen=True)
class Attribution:
    """Attribution map: `values` float32 (H, W); `facts` fill its description."""

    values: np.ndarray
    facts: dict[str, float] = field(default_factory=dict)


class AttributionMethod:
    """Base class of attribution methods.

    key: its name. title, shows, beware: what it is called, what it shows, and what it can't tell, for methods that the
    message catalog does not know. is_probability: whether its values are differences of probabilities, else of scores.
    """

    key: str
    title: str
    shows: str
    beware: str
    is_probability = False

    def compute(self, request: AttributionRequest) -> Attribution | None:
        """None where the network has nothing to apply it to. Raises `ModelError`."""
        raise NotImplementedError(f"{type(self).__name__}.compute")


ATTRIBUTIONS: dict[str, AttributionMethod] = {}


def register_attribution(method: type[AttributionMethod]) -> type[AttributionMethod]:
    """Decorator that registers a method under its key."""
    ATTRIBUTIONS[method.key] = method()
    return method


@register_attribution
class Saliency(AttributionMethod):
    key, title = "saliency", "Saliency"
    shows = "The gradient of the score with respect to each pixel."
    beware = "It shows sensitivity at this input, not what the network looks at."

    def compute(self, request: AttributionRequest) -> Attribution:
        gradient = compute_saliency(request.probe, request.inputs, request.target)
        return Attribution(request.span * _strongest(gradient))


@register_attribution
class SmoothGrad(AttributionMethod):
    key, title = "smoothgrad", "SmoothGrad"
    shows = "The gradient, averaged over noisy copies of the input."
    beware = "The noise is drawn at random; another amount gives another map."

    def compute(self, request: AttributionRequest) -> Attribution:
        knobs = request.knobs
        gradient = compute_smoothgrad(request.probe, request.inputs, request.target, knobs.noise, knobs.samples)
        return Attribution(request.span * _strongest(gradient))


@register_attribution
class IntegratedGradients(AttributionMethod):
    key, title = "integrated", "Integrated gradients"
    shows = "Each pixel's contribution along the path from an all-zero baseline."
    beware = "Pixels that equal the baseline get nothing."

    def compute(self, request: AttributionRequest) -> Attribution:
        found = compute_integrated_gradients(request.probe, request.inputs, request.target)
        return Attribution(found.values.sum(axis=2), {"difference": found.difference, "gap": found.gap})


@register_attribution
class GradCam(AttributionMethod):
    key, title = "grad_cam", "Grad-CAM"
    shows = "Where the feature maps of a layer speak for the class."
    beware = "It is as coarse as the maps of that layer."

    def compute(self, request: AttributionRequest) -> Attribution | None:
        if request.layer is None:
            return None
        return Attribution(compute_grad_cam(request.probe, request.inputs, request.target, request.layer))


@register_attribution
class Occlusion(AttributionMethod):
    key, title = "occlusion", "Occlusion"
    shows = "How much the probability falls when a square is covered."
    beware = "Occluded images are outside the training distribution."
    is_probability = True

    def compute(self, request: AttributionRequest) -> Attribution:
        knobs = request.knobs
        values = compute_occlusion(request.probe, request.inputs, request.target, knobs.patch, knobs.stride, knobs.grey)
        return Attribution(values)


def _strongest(values: np.ndarray) -> np.ndarray:
    """(H, W, C) → (H, W): of each pixel the channel that counts most, as Simonyan et al. (2013) do, with its sign."""
    return np.take_along_axis(values, np.abs(values).argmax(axis=2)[:, :, np.newaxis], axis=2)[:, :, 0]
