"""Training curve in blocks of about equal size, so that differences between blocks exceed noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnn_core.runs.events import Event

_LEAST, _MOST = 500, 5000  # images of a piece; between them a quarter of an epoch


@dataclass(frozen=True)
class Block:
    """Means over consecutive training images; `epoch` is that of the last one."""

    epoch: int
    loss: float
    accuracy: float


def count_images(batches: Sequence[Event]) -> list[int]:
    """How many images each `batch` event stands for: its `samples` counts from the beginning of the epoch."""
    counts, before, epoch = [], 0, 0
    for event in batches:
        before = before if event["epoch"] == epoch else 0
        counts.append(event["samples"] - before)
        before, epoch = event["samples"], event["epoch"]
    return counts


def join_blocks(counted: Iterable[tuple[Event, int]], samples: int) -> tuple[Block, ...]:
    """Events with their numbers of images, in an epoch of `samples`; what follows the last whole piece is left out."""
    size = max(_LEAST, min(samples // 4, _MOST))
    blocks, images, loss, right = [], 0, 0.0, 0.0
    for event, count in counted:
        images, loss, right = images + count, loss + count * event["loss"], right + count * event["accuracy"]
        if images >= size:
            blocks.append(Block(event["epoch"], loss / images, right / images))
            images, loss, right = 0, 0.0, 0.0
    return tuple(blocks)


def find_leaps(blocks: Sequence[Block], guessing_loss: float) -> list[Block]:
    """Blocks whose loss exceeds the previous one by more than noise."""
    slack = 0.02 * guessing_loss
    return [after for before, after in pairwise(blocks) if after.loss > 1.15 * before.loss + slack]
