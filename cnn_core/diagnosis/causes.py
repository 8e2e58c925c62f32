"""Causes of a network that does not learn, from its settings and layer statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnn_core.architecture.layers import Dense
from cnn_core.diagnosis.evidence import Evidence

# A cause is a code with what its sentence needs, or None where it is not the one.
Cause = tuple[str, dict[str, Any]] | None

_NOISE = 0.8  # share of wrong labels from which little is left to learn
_L2, _DROPOUT = 0.1, 0.85
_DEAD = 0.95
_FEW_KERNELS = 4  # gradients of shallower networks do not vanish on their way
_VANISHED = 0.01  # of the largest layer's gradient
_NO_GRADIENT = 0.001
_FAR, _MUCH = 50, 10  # times the usual rate, or a part of it: surely wrong, perhaps wrong
_NARROW = 2  # units
_FEW_STEPS = 50


def find_sure_cause(evidence: Evidence) -> Cause:
    """A cause that by itself keeps any network from learning."""
    return next(filter(None, (judge(evidence) for judge in _SURE)), None)


def find_likely_cause(evidence: Evidence) -> tuple[str, dict[str, Any]]:
    """The most likely cause without a certain one; `stuck` if none stands out."""
    training = evidence.experiment.training
    if evidence.steps < _FEW_STEPS:
        return "stuck_few_steps", {"images": evidence.images_per_step}
    narrow = _find_narrow(evidence)
    if narrow:
        return "stuck_narrow", {"layer": narrow.name, "units": narrow.units}
    if max(evidence.rates) >= _MUCH * evidence.usual_rate:
        return "stuck_rate_high", {"rate": max(evidence.rates), "usual": evidence.usual_rate}
    if training.input_scaling == "raw":
        return "stuck_raw", {"rate": evidence.rates[-1]}
    if training.loss == "mse":
        return "stuck_mse", {}
    return "stuck", {"rate": evidence.rates[-1]}


def _find_narrow(evidence: Evidence) -> Dense | None:
    hidden = (layer for layer in evidence.experiment.architecture.layers[:-1] if isinstance(layer, Dense))
    return next((layer for layer in hidden if layer.units <= _NARROW), None)


def _labels(evidence: Evidence) -> Cause:
    noise = evidence.experiment.training.label_noise
    return ("stuck_labels", {"noise": noise}) if noise >= _NOISE else None


def _zeros(evidence: Evidence) -> Cause:
    """The last layer may start at zero: it learns from what the layers before it say."""
    for layer in evidence.experiment.architecture.layers[:-1]:
        if "zeros" in (getattr(layer, "kernel_initializer", ""), getattr(layer, "depthwise_initializer", "")):
            return "stuck_zeros", {"layer": layer.name}
    return None


def find_penalty(evidence: Evidence) -> Cause:
    """L2 so large that it pulls all weights to zero."""
    layer, l2 = largest_knob(evidence, "l2")
    return ("stuck_l2", {"layer": layer, "l2": l2}) if l2 >= _L2 else None


def _dropout(evidence: Evidence) -> Cause:
    layer, rate = largest_knob(evidence, "rate")
    return ("stuck_dropout", {"layer": layer, "share": rate}) if rate >= _DROPOUT else None


def _too_large(evidence: Evidence) -> Cause:
    rate, usual = max(evidence.rates), evidence.usual_rate
    return ("stuck_rate_high", {"rate": rate, "usual": usual}) if rate >= _FAR * usual else None


def _too_small(evidence: Evidence) -> Cause:
    rate, usual = max(evidence.rates), evidence.usual_rate
    return ("stuck_rate_low", {"rate": rate, "usual": usual}) if rate <= usual / _FAR else None


def _dead(evidence: Evidence) -> Cause:
    dead = evidence.layer_stats[-1].dead if evidence.layer_stats else {}
    layer = max(dead, key=lambda name: dead[name], default="")
    if not layer or dead[layer] < _DEAD:
        return None
    raw = evidence.experiment.training.input_scaling == "raw"
    return "stuck_dead_raw" if raw else "stuck_dead", {
        "layer": layer,
        "share": dead[layer],
        "rate": max(evidence.rates),
    }


def _vanishing(evidence: Evidence) -> Cause:
    gradients = evidence.layer_stats[-1].gradients if evidence.layer_stats else {}
    if len(gradients) < _FEW_KERNELS or evidence.experiment.training.loss == "mse":
        return None
    values = compare_gradients(gradients)
    vanished = values["gradient"] < max(_VANISHED * values["largest"], _NO_GRADIENT)
    return ("stuck_vanishing", values) if vanished else None


def compare_gradients(gradients: dict[str, float]) -> dict[str, Any]:
    """Gradient norms: of the first layer, and the largest of later layers; needs two layers."""
    (first, gradient), *rest = gradients.items()
    other, largest = max(rest, key=lambda pair: pair[1])
    return {"layer": first, "gradient": gradient, "other": other, "largest": largest}


def largest_knob(evidence: Evidence, field: str) -> tuple[str, float]:
    """The layer with the largest value of a field such as `l2`, and that value; ("", 0) where no layer has it."""
    values = ((layer.name, getattr(layer, field, 0.0)) for layer in evidence.experiment.architecture.layers)
    return max(values, key=lambda pair: pair[1], default=("", 0.0))


# What explains the others comes first: a large rate kills relus, dead relus let no gradient through.
_SURE: tuple[Callable[[Evidence], Cause], ...] = (
    _labels,
    _zeros,
    find_penalty,
    _dropout,
    _too_large,
    _too_small,
    _dead,
    _vanishing,
)
