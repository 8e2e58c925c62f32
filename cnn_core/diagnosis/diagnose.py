"""Diagnostics of a run: codes with values and first epoch; the interface has the texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from cnn_core.diagnosis import Finding, symptoms
from cnn_core.diagnosis import generalization as generalisation
from cnn_core.diagnosis.evidence import gather_evidence
from cnn_core.diagnosis.failures import find_failure, find_slow

if TYPE_CHECKING:
    from cnn_core.experiment.training import TrainingConfig
    from cnn_core.runs.history import History
    from cnn_core.runs.store import RunRecord

MOST = 3


@dataclass(frozen=True)
class Diagnostic:
    """One problem of a run. `values` fill its message; epochs count from 1.

    `since_epoch` is None where it has been so from the beginning.
    """

    code: str
    values: dict[str, Any]
    since_epoch: int | None


def find_diagnostics(run: RunRecord) -> tuple[Diagnostic, ...]:
    """At most three diagnostics, most severe first; none for a healthy run or too little evidence."""
    found = (Diagnostic(*finding) for finding in _find_all(run) if finding)
    return tuple(islice(found, MOST))


def _find_all(run: RunRecord) -> Iterator[Finding]:
    not_finite = _find_not_finite(run.history, run.experiment.training)
    evidence = None if not_finite else gather_evidence(run)
    yield not_finite
    if evidence is None:
        return
    failure = find_failure(evidence)
    yield failure
    yield symptoms.find_large_gradients(evidence)
    yield generalisation.find_missing_classes(evidence)
    if not failure:
        yield symptoms.find_vanishing(evidence)
        yield symptoms.find_unstable(evidence)
        yield generalisation.find_learning_by_heart(evidence)
        yield generalisation.find_norm_lag(evidence)
        yield find_slow(evidence)
        yield symptoms.find_plateau(evidence)
        yield symptoms.find_dead(evidence)
    yield generalisation.find_few_images(evidence)
    yield generalisation.find_few_watched(evidence)


def _find_not_finite(history: History, training: TrainingConfig) -> Finding:
    """NaN and infinity are written as None."""
    for event in (*history.batches, *history.epochs):
        if any(event.get(key, 0.0) is None for key in ("loss", "val_loss")):
            values = {"epoch": event["epoch"], "rate": event.get("learning_rate") or training.learning_rate}
            return "not_finite_raw" if training.input_scaling == "raw" else "not_finite", values, event["epoch"]
    return None
