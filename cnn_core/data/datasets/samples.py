"""A few fixed test images, for live predictions during training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.data.datasets.catalog import DATASETS, DatasetName
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink

COUNT = 4
_OWN_DIGITS = (7, 2, 1, 0)


@dataclass(frozen=True)
class Samples:
    """`images` uint8 (n, H, W, C), `labels` their n true classes; `own` when the digits are drawn by us."""

    images: np.ndarray
    labels: tuple[int, ...]
    own: bool = False


def pick_samples(name: DatasetName) -> Samples | None:
    """The first test image of each of the first four classes met.

    Where a dataset of digits is not on this computer they are digits drawn by us; of another one, None.
    """
    info = DATASETS[name]
    found = info.read_test_set()
    if found is not None:
        images, labels = found
        firsts = sorted(np.unique(labels, return_index=True)[1])[:COUNT]
        return Samples(images[firsts], tuple(int(labels[i]) for i in firsts))
    if not info.holds_digits:
        return None
    ink = np.stack([centre_ink(draw_strokes(DIGIT_STROKES[digit])) for digit in _OWN_DIGITS])
    return Samples(np.rint(ink * 255).astype(np.uint8)[..., np.newaxis], _OWN_DIGITS, own=True)
