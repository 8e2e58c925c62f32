"""Selectable kernel images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.palette import SIGNED
from ui.components import read_asset
from ui.session.state import widget_value
from ui.shared.encoded import clean, encode_values
from ui.text import text

_tiles = st.components.v2.component(
    "cnn_lab_filters",
    html='<div class="legend"><i class="low"></i><span class="ramp"></span><i class="high"></i></div>\n'
    '<div class="tiles" role="group"></div><div class="tip"></div>\n',
    css=read_asset("layers/layers_filters.css"),
    js=read_asset("shared/steps.js") + read_asset("layers/layers_filters.js"),
)

_IN_THE_TIP = ("name", "row", "column", "value")  # the browser knows them


@dataclass(frozen=True)
class Tile:
    """`name` stands below the image, `label` is what it is called in full."""

    id: int
    name: str
    label: str
    selected: bool = False
    off: bool = False


@dataclass(frozen=True)
class Tiles:
    """Images `values` (H, W, n) with their n `tiles`, about `size` screen pixels large, colors reaching to `limit`.

    With `numbers` the weights are written into cells that are large enough.
    """

    title: str
    values: np.ndarray
    tiles: Sequence[Tile]
    limit: float
    size: int = 40
    numbers: bool = False
    legend: bool = True


def render_tiles(shown: Tiles, key: str, on_pick: Callable[[int], None] | None = None) -> None:
    """Draws them; `on_pick` is called with the id of the tile that the reader picks, before the page is drawn again."""

    def pick() -> None:
        picked = getattr(widget_value(key), "picked", None)
        if picked is not None and on_pick:
            on_pick(int(picked))

    values = clean(shown.values)
    limit = shown.limit if np.isfinite(shown.limit) and shown.limit > 0 else 1.0
    data = {
        "name": shown.title,
        "shape": list(values.shape),
        **encode_values(values, limit),
        "colors": SIGNED,
        "size": shown.size,
        "numbers": shown.numbers,
        "legend": shown.legend,
        "pickable": on_pick is not None,
        "tip": text("filters.tip", **{word: f"{{{word}}}" for word in _IN_THE_TIP}),
        "tiles": [vars(tile) for tile in shown.tiles],
    }
    _tiles(key=key, data=data, on_picked_change=pick)
