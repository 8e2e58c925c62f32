"""Attribution methods: one class each, with its parameters as fields, that computes a map over the input.

One from outside the package is added with `register_attribution`; Layers then shows it beside the others with a widget
for each parameter, and `explain` returns its map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from cnn_core.inspection.attribution.grad_cam import compute_grad_cam, find_last_convolution, list_map_layers
from cnn_core.inspection.attribution.gradients import (
    compute_integrated_gradients,
    compute_saliency,
    compute_smoothgrad,
)
from cnn_core.inspection.attribution.occlusion import compute_occlusion
from cnn_core.inspection.model.probe import Probe


@dataclass(frozen=True)
class AttributionRequest:
    """Request to explain class `target` for prepared inputs float32 (1, H, W, C)."""

    probe: Probe
    inputs: np.ndarray
    target: int

    @property
    def span(self) -> float:
        """The range of a pixel as the network receives it."""
        return 255.0 if self.probe.experiment.training.input_scaling == "raw" else 1.0


@dataclass(frozen=True)
class Attribution:
    """Attribution map: `values` float32 (H, W); `facts` fill its description."""

    values: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)


class AttributionMethod(BaseModel):
    """Base class of attribution methods. Fields of a subclass are its parameters, with range, title and description.

    key: its name. title, shows, beware, absence: its title, what it shows, its limits, and why there may be no map, for
    methods without entries in the message catalog. is_probability: whether its values are differences of
    probabilities instead of scores.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ClassVar[str]
    title: ClassVar[str]
    shows: ClassVar[str]
    beware: ClassVar[str]
    absence: ClassVar[str] = "This method can't be applied to this network."
    is_probability: ClassVar[bool] = False

    def compute(self, request: AttributionRequest) -> Attribution | None:
        """None if the method can't be applied to the network. Raises `ModelError`."""
        raise NotImplementedError(f"{type(self).__name__}.compute")


ATTRIBUTIONS: dict[str, type[AttributionMethod]] = {}


def register_attribution(method: type[AttributionMethod]) -> type[AttributionMethod]:
    """Decorator that registers a method under its key."""
    ATTRIBUTIONS[method.key] = method
    return method


def build_methods(settings: Mapping[str, Any]) -> list[AttributionMethod]:
    """All methods with these parameters, each of which goes to the methods that declare it.

    Raises `pydantic.ValidationError` for a value out of range, and `TypeError` for an unknown parameter.

    Example:
        >>> [method.key for method in build_methods({"samples": 16})][:2]
        ['saliency', 'smoothgrad']
    """
    known = {name for method in ATTRIBUTIONS.values() for name in method.model_fields}
    if unknown := sorted(set(settings) - known):
        raise TypeError(f"No attribution method has a parameter {unknown[0]!r}. Known: {', '.join(sorted(known))}.")
    return [
        method.model_validate({name: settings[name] for name in method.model_fields if name in settings})
        for method in ATTRIBUTIONS.values()
    ]


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

    noise: float = Field(
        0.15,
        gt=0,
        le=0.5,
        title="Noise (SmoothGrad)",
        description="Strength of the noise, as a share of the range from the input's darkest to its brightest value.",
    )
    samples: int = Field(
        32,
        ge=2,
        le=64,
        title="Noisy copies (SmoothGrad)",
        description="Over how many noisy copies of the input the gradient is averaged.",
    )

    def compute(self, request: AttributionRequest) -> Attribution:
        gradient = compute_smoothgrad(request.probe, request.inputs, request.target, self.noise, self.samples)
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
    absence = "This network has no layer with feature maps."

    layer: str = ""  # a layer with feature maps; the last convolution if there is no such layer

    def compute(self, request: AttributionRequest) -> Attribution | None:
        has_maps = self.layer in list_map_layers(request.probe)
        layer = self.layer if has_maps else find_last_convolution(request.probe)
        if layer is None:
            return None
        return Attribution(compute_grad_cam(request.probe, request.inputs, request.target, layer), {"layer": layer})


@register_attribution
class Occlusion(AttributionMethod):
    key, title = "occlusion", "Occlusion"
    shows = "How much the probability falls when a square is covered."
    beware = "Occluded images are outside the training distribution."
    is_probability = True

    patch: int = Field(
        7,
        ge=1,
        le=16,
        title="Square (occlusion)",
        description="Side of the square that covers a part of the input, in pixels.",
    )
    stride: int = Field(
        2,
        ge=1,
        le=8,
        title="Step (occlusion)",
        description="By how many pixels the square moves on. Smaller is finer and slower.",
    )
    grey: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Grey level (occlusion)",
        description="What the square is filled with: 0 is a pixel's lowest value (paper, or black), 1 the highest.",
    )

    def compute(self, request: AttributionRequest) -> Attribution:
        values = compute_occlusion(request.probe, request.inputs, request.target, self.patch, self.stride, self.grey)
        return Attribution(values)


def _strongest(values: np.ndarray) -> np.ndarray:
    """(H, W, C) → (H, W): the channel of largest magnitude per pixel with its sign, as Simonyan et al. (2013)."""
    return np.take_along_axis(values, np.abs(values).argmax(axis=2)[:, :, np.newaxis], axis=2)[:, :, 0]
