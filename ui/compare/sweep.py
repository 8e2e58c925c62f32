"""A search over knobs of architecture and training."""

from __future__ import annotations

from collections.abc import Sequence

from cnn_core.comparison import Contender


def render_sweep(contenders: Sequence[Contender]) -> None:
    del contenders
