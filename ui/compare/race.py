"""Starting several experiments against each other, each with several seeds."""

from __future__ import annotations


def render_race() -> None:
    return
