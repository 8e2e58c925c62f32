"""Probabilities as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from ui.components import read_asset
from ui.shared.formats import format_percent

_bars = st.components.v2.component(
    "cnn_lab_bars",
    html='<div class="bars" role="list"></div>\n',
    css=read_asset("shared/bars.css"),
    js=read_asset("shared/bars.js"),
)


def render_probabilities(probabilities: np.ndarray | None, class_names: Sequence[str], color: str, key: str) -> None:
    """`probabilities` (classes,) summing to 1, or None for empty bars in their place."""
    best = int(np.argmax(probabilities)) if probabilities is not None else -1
    shares = [0.0] * len(class_names) if probabilities is None else [float(p) for p in probabilities]
    rows = [
        {"name": name, "share": share, "shown": format_share(share) if best >= 0 else "", "best": index == best}
        for index, (name, share) in enumerate(zip(class_names, shares, strict=True))
    ]
    _bars(key=key, data={"rows": rows, "color": color})


def format_share(share: float) -> str:
    """0.9876 → 98.8 %; what is below 0.05 % but there at all is not called zero."""
    return f"< {format_percent(0.001)}" if 0 < share < 0.0005 else format_percent(share)
