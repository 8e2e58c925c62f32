"""Estimated time per epoch of a design on this machine."""

from __future__ import annotations

from cnn_core.experiment import Experiment
from ui.shared.estimates import estimate_epoch, format_rough
from ui.text import text


def format_estimate(design: Experiment) -> str:
    """ "about 12 s", or "unknown" before the machine was measured and for kinds of layers that were not tried."""
    seconds = estimate_epoch(design)
    return text("design.unknown") if seconds is None else text("design.about", time=format_rough(seconds))
