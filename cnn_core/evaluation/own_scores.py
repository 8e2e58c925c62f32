"""Accuracy of models on the user's drawings, with one prediction per model and drawing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import missing_model
from cnn_core.runs.own_drawings import OwnDrawing, prepare_drawings

_KEPT = 200  # models whose answers are remembered
Predict = Callable[[np.ndarray], np.ndarray]  # prepared inputs (N, …) → probabilities (N, classes)


@dataclass(frozen=True)
class OwnScore:
    """`low` and `high` bound the accuracy (95%); `true_share` is the mean probability of the label."""

    right: int
    count: int
    low: float
    high: float
    true_share: float


@dataclass
class OwnAnswers:
    """Thread-safe cache of probabilities by model file and drawing."""

    _known: dict[tuple[str, int], dict[str, np.ndarray]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def find_new(self, folder: RunFolder, drawings: Sequence[OwnDrawing]) -> list[OwnDrawing]:
        """Drawings without a cached prediction of this model."""
        known = self._of(folder)
        return [drawing for drawing in drawings if drawing.id not in known]

    def ask(self, folder: RunFolder, drawings: Sequence[OwnDrawing], predict: Predict) -> np.ndarray:
        """float32 (N, classes); `predict` is called for the new ones only."""
        known, new = self._of(folder), self.find_new(folder, drawings)
        if new:
            inputs, _ = prepare_drawings(new, folder.experiment)
            known.update(zip((drawing.id for drawing in new), predict(inputs), strict=True))
        return np.stack([known[drawing.id] for drawing in drawings])

    def _of(self, folder: RunFolder) -> dict[str, np.ndarray]:
        try:
            key = str(folder.path), folder.model_path.stat().st_mtime_ns
        except OSError as error:
            raise missing_model(folder.id) from error
        with self._lock:
            while len(self._known) > _KEPT:
                self._known.pop(next(iter(self._known)))
            return self._known.setdefault(key, {})


def predict_once(folder: RunFolder) -> Predict:
    """Predicts with a model that is loaded temporarily. Raises `ModelError`."""

    def predict(inputs: np.ndarray) -> np.ndarray:
        from cnn_core.inspection import load_probe

        return np.asarray(load_probe(folder).model(inputs, training=False))

    return predict


def score_answers(probabilities: np.ndarray, labels: np.ndarray) -> OwnScore:
    """From probabilities (N, classes) and true classes (N,), N at least 1."""
    right = int((probabilities.argmax(axis=1) == labels).sum())
    low, high = wilson_interval(right, len(labels))
    return OwnScore(right, len(labels), low, high, float(probabilities[np.arange(len(labels)), labels].mean()))


def wilson_interval(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Bounds of a share of which `right` of `count` were seen (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    share, spread = right / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    reach = z * sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)
