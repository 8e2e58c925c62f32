"""Generalization diagnostics: overfitting, and too little data."""

from __future__ import annotations

import math

from cnn_core.architecture.layers import BatchNormalization, ResidualBlock
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.diagnosis import Finding
from cnn_core.diagnosis.blocks import find_leaps
from cnn_core.diagnosis.evidence import Evidence
from cnn_core.runs.events import Event

_PATIENCE = 3  # epochs
_GAP = 0.12  # between two accuracies, beside what chance makes
_LAG_STEPS = 1000
_FEW_IMAGES, _FEW_WATCHED = 5, 100  # per class; in all


def find_learning_by_heart(evidence: Evidence) -> Finding:
    return _find_overfitting(evidence) or _find_memorising(evidence)


def _find_overfitting(evidence: Evidence) -> Finding:
    """The monitored loss rises for epochs while the training loss falls.

    With label noise, accuracy is compared instead of loss, as the loss also reflects lower confidence.
    """
    epochs, noise = evidence.epochs, evidence.experiment.training.label_noise
    if len(epochs) <= _PATIENCE or not _can_compare(evidence):
        return None
    best = max(epochs, key=_right) if noise else min(epochs, key=_watched_loss)
    last = epochs[-1]
    if last["epoch"] - best["epoch"] < _PATIENCE or last["loss"] > 0.9 * best["loss"]:
        return None
    is_worse = _accuracy_fell if noise else _loss_rose
    if not all(is_worse(evidence, best, event) for event in epochs[-2:]):
        return None
    values = {"best": best["epoch"], "loss": best["loss"], "loss_now": last["loss"]}
    if noise:
        values |= {"noise": noise, "right": best["val_accuracy"], "right_now": last["val_accuracy"]}
        return "overfitting_noise", values, best["epoch"] + 1
    return "overfitting", values | {"watched": best["val_loss"], "watched_now": last["val_loss"]}, best["epoch"] + 1


def _find_memorising(evidence: Evidence) -> Finding:
    """Accuracy is much higher on training images than on monitored ones."""
    epochs = evidence.epochs
    if len(epochs) < _PATIENCE or not _can_compare(evidence):
        return None
    needed = _GAP + 2 * _uncertainty(evidence)
    if any(event["accuracy"] - event["val_accuracy"] < needed for event in epochs[-2:]):
        return None
    values = {"trained": epochs[-1]["accuracy"], "watched": epochs[-1]["val_accuracy"]}
    return "memorising", values | {"samples": evidence.plan.samples}, None


def find_norm_lag(evidence: Evidence) -> Finding:
    """Moving means of batch normalization still near their initial values."""
    if not _lags_behind(evidence):
        return None
    last = evidence.epochs[-1]
    return "norm_lag", {"trained": last["accuracy"], "watched": last["val_accuracy"], "steps": evidence.steps}, None


def find_missing_classes(evidence: Evidence) -> Finding:
    names = DATASETS[evidence.experiment.dataset].class_names
    missing = [names[index] for index in evidence.plan.missing_classes]
    return ("missing_classes", {"classes": ", ".join(missing)}, None) if missing else None


def find_few_images(evidence: Evidence) -> Finding:
    samples, classes = evidence.plan.samples, round(1 / evidence.chance)
    is_few = samples < _FEW_IMAGES * classes
    return ("few_images", {"samples": samples, "classes": classes}, None) if is_few else None


def find_few_watched(evidence: Evidence) -> Finding:
    images = evidence.watched_images
    return ("few_watched", {"images": images, "one": 1 / images}, None) if images < _FEW_WATCHED else None


def _can_compare(evidence: Evidence) -> bool:
    """Whether the gap between the two sets is due to overfitting."""
    leaps = len(find_leaps(evidence.blocks, evidence.guessing_loss))
    is_shaky = leaps >= 2 and leaps >= 0.05 * len(evidence.blocks)
    return not (is_shaky or evidence.plan.missing_classes or _lags_behind(evidence))


def _lags_behind(evidence: Evidence) -> bool:
    layers, guessing = evidence.experiment.architecture.layers, 2 * evidence.chance
    return (
        any(isinstance(layer, (BatchNormalization, ResidualBlock)) for layer in layers)
        and evidence.steps < _LAG_STEPS
        and len(evidence.epochs) >= _PATIENCE
        and all(event["val_accuracy"] <= guessing for event in evidence.epochs)
        and evidence.epochs[-1]["accuracy"] > guessing
    )


def _watched_loss(event: Event) -> float:
    return float(event["val_loss"])


def _right(event: Event) -> float:
    return float(event["val_accuracy"])


def _loss_rose(evidence: Evidence, best: Event, event: Event) -> bool:
    return bool(event["val_loss"] > 1.2 * best["val_loss"] + 0.02 * evidence.guessing_loss)


def _accuracy_fell(evidence: Evidence, best: Event, event: Event) -> bool:
    return bool(event["val_accuracy"] < best["val_accuracy"] - 0.05 - 2 * _uncertainty(evidence))


def _uncertainty(evidence: Evidence) -> float:
    """Standard error of the last monitored accuracy."""
    share = _right(evidence.epochs[-1])
    return math.sqrt(max(share * (1 - share), 0.01) / evidence.watched_images)
