"""Diagnostics of a network that learns worse than it could."""

from __future__ import annotations

from itertools import pairwise

from cnn_core.diagnosis import Finding
from cnn_core.diagnosis.blocks import find_leaps
from cnn_core.diagnosis.causes import compare_gradients, largest_knob
from cnn_core.diagnosis.evidence import Evidence
from cnn_core.runs.events import Event

_RECENT = 8  # blocks, or epochs
_LARGE_GRADIENT = 1000  # longer than any of a network that learns, on pixels scaled or raw
_LOOKS, _VANISHED = 3, 0.001
_DEAD, _DEAD_STEPS = 0.8, 100
_FLAT, _FLAT_EPOCHS = 0.03, 5  # share of the loss
_LOW = 0.85  # accuracy
_RAN_OUT = 0.02  # of the largest rate so far
_DROPOUT, _L2 = 0.7, 0.01


def find_unstable(evidence: Evidence) -> Finding:
    """Training or monitored loss jumps up repeatedly."""
    rate = evidence.rates[-1]
    blocks = evidence.blocks[-_RECENT:]
    leaps = find_leaps(blocks, evidence.guessing_loss)
    if len(leaps) >= 2:
        low, high = min(block.loss for block in blocks), max(block.loss for block in leaps)
        return "unstable", {"low": low, "high": high, "rate": rate}, leaps[0].epoch
    epochs = evidence.epochs[-_RECENT:]
    places = _find_watched_leaps(epochs, evidence.guessing_loss)
    losses = [event["val_loss"] for event in epochs[places[0] :]] if places else []
    if len(places) < 2 or all(after > 0.8 * before for before, after in pairwise(losses)):
        return None
    values = {"low": min(losses), "high": max(losses), "rate": rate}
    return "unstable_watched", values, epochs[places[0]]["epoch"]


def _find_watched_leaps(epochs: tuple[Event, ...], guessing_loss: float) -> list[int]:
    """Epochs whose monitored loss is far above the previous one."""
    losses = [event["val_loss"] for event in epochs]
    return [i for i in range(1, len(losses)) if losses[i] > 1.3 * losses[i - 1] + 0.1 * guessing_loss]


def find_large_gradients(evidence: Evidence) -> Finding:
    gradients = evidence.layer_stats[-1].gradients if evidence.layer_stats else {}
    layer = max(gradients, key=lambda name: gradients[name], default="")
    if not layer or gradients[layer] < _LARGE_GRADIENT or not evidence.is_guessing:
        return None
    return "large_gradients", {"layer": layer, "gradient": gradients[layer]}, evidence.layer_stats[-1].epoch


def find_vanishing(evidence: Evidence) -> Finding:
    """The gradient of the first layer is a tiny fraction of a later one, in every measurement."""
    looks = [compare_gradients(stats.gradients) for stats in evidence.layer_stats if len(stats.gradients) > 1]
    if len(looks) < _LOOKS or any(look["gradient"] >= _VANISHED * look["largest"] for look in looks):
        return None
    return "vanishing", looks[-1], None


def find_dead(evidence: Evidence) -> Finding:
    """Most outputs of a ReLU are 0 for all images, in at least two measurements."""
    if evidence.steps < _DEAD_STEPS or len(evidence.layer_stats) < 2:
        return None
    dead = evidence.layer_stats[-1].dead
    layer = max(dead, key=lambda name: dead[name], default="")
    alive = [i for i, layer_stats in enumerate(evidence.layer_stats) if layer_stats.dead.get(layer, 0.0) < _DEAD]
    since = alive[-1] + 1 if alive else 0
    if since > len(evidence.layer_stats) - 2:
        return None
    epoch = evidence.layer_stats[since].epoch
    return "dead", {"layer": layer, "share": dead[layer], "since": epoch}, epoch


def find_plateau(evidence: Evidence) -> Finding:
    """Losses are constant at a low accuracy above chance."""
    epochs, accuracy = evidence.epochs[-_FLAT_EPOCHS:], evidence.accuracy
    if len(epochs) < _FLAT_EPOCHS or evidence.is_guessing or accuracy > _LOW or not _is_flat(epochs):
        return None
    since = epochs[0]["epoch"]
    values = {"accuracy": accuracy, "since": since}
    rate, peak = evidence.rates[-1], max(evidence.rates)
    if rate <= _RAN_OUT * peak:
        return "rate_ran_out", values | {"rate": rate, "peak": peak}, since
    if epochs[-1]["loss"] > 0.9 * evidence.epochs[0]["loss"]:
        return None  # it has hardly begun
    for field, code, most in (("rate", "underfitting_dropout", _DROPOUT), ("l2", "underfitting_l2", _L2)):
        layer, value = largest_knob(evidence, field)
        if value >= most:
            return code, values | {"layer": layer, "value": value}, since
    return "underfitting", values | {"parameters": evidence.plan.parameters}, since


def _is_flat(epochs: tuple[Event, ...]) -> bool:
    last = epochs[-1]
    return all(abs(event[key] - last[key]) < _FLAT * last[key] for event in epochs for key in ("loss", "val_loss"))
