"""One drawing through two contenders, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

from cnn_core.comparison import Contender


def render_same_input(contenders: Sequence[Contender]) -> None:
    del contenders
