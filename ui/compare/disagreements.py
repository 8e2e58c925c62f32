"""Test images on which contenders answer differently."""

from __future__ import annotations

from collections.abc import Sequence

from cnn_core.comparison import Contender


def render_disagreements(contenders: Sequence[Contender]) -> None:
    del contenders
