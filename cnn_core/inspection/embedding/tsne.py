"""t-SNE. Requires openTSNE, an extra."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from cnn_core.errors import ModelError
from cnn_core.inspection.embedding.pca import Pca, compute_pca
from cnn_core.inspection.model.walk import Progress

PERPLEXITY = 30.0  # about how many neighbors each input looks at
_AXES = 50  # t-SNE starts from so many principal axes, as in van der Maaten & Hinton (2008)
_EARLY, _LATE = 250, 500  # iterations
_EVERY = 10  # iterations between two signs of life


@dataclass(frozen=True)
class Tsne:
    """`points` float32 (N, 2). `place` puts others on the same map and moves none of its points."""

    points: np.ndarray
    _pca: Pca
    _embedding: Any

    def place(self, values: np.ndarray) -> np.ndarray:
        """float32 (M, D) → float32 (M, 2) on this map."""
        return np.asarray(self._embedding.transform(self._pca.place(values), perplexity=5), np.float32)


def is_tsne_available() -> bool:
    """Whether openTSNE is installed; nothing is loaded to find out."""
    return find_spec("openTSNE") is not None


def compute_tsne(values: np.ndarray, on_progress: Progress | None = None, seed: int = 0) -> Tsne:
    """The map of the rows of `values` (N, D), by openTSNE (Poličar et al. 2024), seconds for 1,000 inputs.

    It starts from the first two principal axes, so that maps of one training resemble each other. What `on_progress`
    raises ends the work. Raises `ModelError` where openTSNE is not installed or `values` are no numbers.
    """
    if not is_tsne_available():
        raise ModelError("t-SNE needs openTSNE. Install it with: pip install -r requirements-tsne.txt")
    pca = compute_pca(values, min(_AXES, *values.shape))
    done = 0

    def report(*_: object) -> bool:
        nonlocal done
        done += _EVERY
        if on_progress:
            on_progress(min(1.0, done / (_EARLY + _LATE)))
        return False  # True would end the optimization

    method = import_module("openTSNE").TSNE(
        perplexity=min(PERPLEXITY, max(1.0, (len(values) - 1) / 3)),
        early_exaggeration_iter=_EARLY,
        n_iter=_LATE,
        neighbors="exact",
        negative_gradient_method="bh",  # for a few thousand points several times as fast as its Fourier method
        n_jobs=1,  # on a shared machine its threads wait for each other most of the time
        random_state=seed,
        callbacks=report,
        callbacks_every_iters=_EVERY,
    )
    embedding = method.fit(pca.points)
    return Tsne(np.asarray(embedding, np.float32), pca, embedding)
