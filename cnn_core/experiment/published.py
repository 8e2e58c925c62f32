"""Figures published per epoch and test losses, by recipe id."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedEpochs:
    """Training figures as printed, first epoch first. `accuracy` are fractions, `seconds` per epoch there."""

    accuracy: tuple[float, ...]
    loss: tuple[float, ...]
    seconds: tuple[float, ...]


published_epochs: dict[str, PublishedEpochs] = {
    "three-conv-3x3-same": PublishedEpochs(
        accuracy=(0.3652, 0.9534, 0.9732, 0.9810, 0.9852, 0.9881, 0.9906, 0.9921, 0.9933, 0.9943, 0.9952, 0.9958),
        loss=(0.120, 0.007, 0.004, 0.002, 0.002, 0.001, 0.001, 0.001, 0.001, 9.7978e-4, 8.5365e-4, 7.6462e-4),
        seconds=(8.0,) + (5.0,) * 11,  # on its author's machine
    ),
}

published_test_loss: dict[str, float] = {"three-conv-3x3-same": 0.00214}
