"""Outcome of a trial, read from its run."""

from __future__ import annotations

from typing import Any

from cnn_core.runs.store import RunRecord
from cnn_core.sweeps.spec import Metric


def curve_of(run: RunRecord) -> list[float | None]:
    """The watched accuracy of each epoch that is through."""
    return [event.get("val_accuracy") for event in run.history.epochs]


def measure(run: RunRecord, metric: Metric) -> dict[str, Any]:
    """Fields of a trial. `score` is the accuracy of the weights that were kept, so far of the last epoch."""
    history, curve = run.history, curve_of(run)
    kept = int(history.result.get("epoch", len(curve))) if history.result else len(curve)
    score = curve[kept - 1] if 0 < kept <= len(curve) else None
    if metric == "test" and history.test_accuracy is not None:
        score = history.test_accuracy
    return {
        "score": score,
        "curve": curve,
        "test_accuracy": history.test_accuracy,
        "parameters": run.parameters,
        "seconds": round(sum(event.get("seconds") or 0.0 for event in history.epochs), 2),
    }
