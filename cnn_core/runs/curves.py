"""A metric's values over the training_state of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    pass


Metric = Literal["loss", "accuracy"]


@dataclass(frozen=True)
class Curve:
    """`x` in epochs (2.5 is the middle of the third), `y` as recorded; None leaves a gap."""

    x: list[float]
    y: list[float | None]
