"""Diagnostics of a network that does not learn, or diverged."""

from __future__ import annotations

from itertools import pairwise
from statistics import fmean

from cnn_core.diagnosis import Finding
from cnn_core.diagnosis.causes import find_likely_cause, find_penalty, find_sure_cause
from cnn_core.diagnosis.evidence import Evidence

_EXPLODED = 3  # times the loss of guessing, and of the beginning
_SURELY_EXPLODED = 1000  # times the loss of the beginning: no noise does that
_LEARNED = 4  # times the accuracy of guessing
_SURE_STEPS, _LIKELY_STEPS = 50, 500  # after so many a network that still guesses is stuck
_HARDLY_LESS = 0.995  # of the loss at the beginning: it has not fallen
_SURE_EPOCHS, _LIKELY_EPOCHS = 5, 3  # … or after so many epochs, where these have few steps
_FEW_STEPS, _SLOW_STEPS = 50, 300
_HARDLY = 0.95  # of the first loss


def find_failure(evidence: Evidence) -> Finding:
    """The most severe failure with its most likely cause."""
    return _find_exploding(evidence) or _find_collapse(evidence) or _find_stuck(evidence)


def _find_exploding(evidence: Evidence) -> Finding:
    if soon := _find_surely_exploding(evidence):
        return soon
    if len(evidence.blocks) < 2 or not evidence.is_guessing:
        return None
    now, start = evidence.blocks[-1].loss, evidence.batches[0]["loss"]
    if now < _EXPLODED * max(start, evidence.guessing_loss):
        return None
    since = next(block.epoch for block in evidence.blocks if block.loss >= now / 2)
    return "exploding", {"start": start, "now": now, "rate": evidence.rates[-1]}, since


def _find_surely_exploding(evidence: Evidence) -> Finding:
    """From the second point of the curve on, without waiting for many images."""
    if len(evidence.batches) < 2:
        return None
    first, *later = evidence.batches
    start, now = first["loss"], later[-1]["loss"]
    if now < _SURELY_EXPLODED * max(start, evidence.guessing_loss) or later[-1]["accuracy"] > 2 * evidence.chance:
        return None
    since = next(event["epoch"] for event in later if event["loss"] >= now / 2)
    return "exploding", {"start": start, "now": now, "rate": evidence.rates[-1]}, since


def _find_collapse(evidence: Evidence) -> Finding:
    best = max(evidence.blocks, key=lambda block: block.accuracy, default=None)
    if find_penalty(evidence):
        return None  # what pulls the weights to zero is a cause that can be named
    if best is None or best.accuracy < _LEARNED * evidence.chance or evidence.accuracy > 0.5 * best.accuracy:
        return None
    after = evidence.blocks[evidence.blocks.index(best) :]
    since = next(block.epoch for block in after if block.accuracy <= 0.5 * best.accuracy)
    values = {"best": best.accuracy, "epoch": best.epoch, "now": evidence.accuracy, "rate": evidence.rates[-1]}
    return "collapsed", values, since


def _find_stuck(evidence: Evidence) -> Finding:
    """Accuracy at chance after enough steps."""
    if not evidence.is_guessing or evidence.is_warming_up:
        return None
    steps, epochs, cause = evidence.steps, len(evidence.epochs), None
    if steps >= _SURE_STEPS or epochs >= _SURE_EPOCHS:
        cause = find_sure_cause(evidence)
    many_steps = steps >= _LIKELY_STEPS or (steps >= _FEW_STEPS and epochs >= _LIKELY_EPOCHS)
    many_steps = many_steps or (steps >= _SURE_STEPS and _stands_still(evidence))
    if cause is None and (many_steps or epochs >= _SURE_EPOCHS) and not _is_falling(evidence):
        cause = find_likely_cause(evidence)
    if cause is None:
        return None
    code, values = cause
    return code, values | {"accuracy": evidence.accuracy, "steps": steps}, None


def _stands_still(evidence: Evidence) -> bool:
    """Whether the loss of the last third is that of the first third, or higher."""
    losses = _losses(evidence)
    return bool(losses) and losses[-1] >= _HARDLY_LESS * losses[0]


def find_slow(evidence: Evidence) -> Finding:
    """The loss falls steadily but slowly."""
    if evidence.is_warming_up or evidence.accuracy > 3 * evidence.chance or not _is_falling(evidence):
        return None
    losses, steps = _losses(evidence), evidence.steps
    if losses[-1] < _HARDLY * losses[0] or (steps < _SLOW_STEPS and len(evidence.epochs) < _SURE_EPOCHS):
        return None
    if steps < _FEW_STEPS:
        return "slow_few_steps", {"steps": steps, "images": evidence.images_per_step}, None
    rate, usual = evidence.rates[-1], evidence.usual_rate
    faster = usual if rate < usual / 2 else 3 * rate
    return "slow", {"steps": steps, "start": losses[0], "now": losses[-1], "rate": rate, "faster": faster}, None


def _is_falling(evidence: Evidence) -> bool:
    """Whether each value falls by at least 0.2%, which exceeds noise."""
    losses = _losses(evidence)[-_LIKELY_EPOCHS:]
    return len(losses) == _LIKELY_EPOCHS and losses[-1] < 0.998 * losses[0] and all(b < a for a, b in pairwise(losses))


def _losses(evidence: Evidence) -> list[float]:
    """Loss per epoch; before three epochs, per third of the observed images."""
    if len(evidence.epochs) >= _LIKELY_EPOCHS:
        return [event["loss"] for event in evidence.epochs]
    third = len(evidence.blocks) // 3
    if not third:
        return []
    return [fmean(block.loss for block in evidence.blocks[i * third : (i + 1) * third]) for i in range(3)]
