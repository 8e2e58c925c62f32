"""Attributions and adversarial examples for ordinary image arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnn_core.inspection import Probe
from cnn_core.inspection.attribution.explanation import Explanation
from cnn_core.inspection.attribution.explanation import explain as explain_inputs
from cnn_core.inspection.robustness.adversarial import AdversarialExample, Method, find_adversarial_example


def explain(
    probe: Probe, image: np.ndarray, target: int | None = None, layer: str | None = None, **settings: Any
) -> Explanation:
    """Which pixels matter for a class, by all attribution methods.

    `image` is what `Probe.predict` takes, one image. `target` is a class index, by default the predicted class.
    Grad-CAM uses the maps of `layer`, by default the last convolution. `settings` are parameters of the
    methods, such as `noise` or `patch`. Raises `ImageError` and `ModelError`.

    Example:
        >>> maps = cnn_core.explain(probe, image).maps
        >>> maps["integrated"].shape
        (28, 28)
    """
    inputs = probe.prepare_one(image)
    if target is None:
        target = int(probe.predict_inputs(inputs)[0].argmax())
    return explain_inputs(probe, inputs, target, settings | {"layer": layer or ""})


def attack(
    probe: Probe, image: np.ndarray, target: int | None = None, method: Method = "pgd"
) -> AdversarialExample | None:
    """The adversarial example with the smallest perturbation found, or None if there is none.

    `image` is what `Probe.predict` takes, one image. `target` is the class to reach, by default any other than the
    predicted one. `method` is "fgsm" (one step) or "pgd" (many small steps). Raises `ImageError` and `ModelError`.

    Example:
        >>> example = cnn_core.attack(probe, image, method="fgsm")
        >>> example.new_answer != example.old_answer
        True
    """
    return find_adversarial_example(probe, probe.prepare_one(image), method, target)
