"""Arrays as images: feature maps, pooling outputs, and what the network receives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.inspection import LayerOutput
from cnn_core.palette import INK, SIGNED
from ui.components import read_asset
from ui.shared.encoded import clean, encode_values, find_limit
from ui.text import text

_maps = st.components.v2.component(
    "cnn_lab_maps",
    html='<div class="maps"></div><div class="tip"></div>\n',
    css=read_asset("shared/maps.css"),
    js="".join(map(read_asset, ("shared/steps.js", "shared/tiles.js", "shared/maps.js"))),
)


@dataclass(frozen=True)
class Picture:
    """`values` (H, W, C). `role` "ink" goes from white to black, "signed" is zero-centerd.

    `channels` names the channels (from 0) where only some of a layer's are shown. `limit` is where the colors end,
    for images that share a scale; without it they end at the largest value.
    """

    title: str
    caption: str
    values: np.ndarray
    role: str = "signed"
    channels: tuple[int, ...] | None = None
    limit: float | None = None


def render_maps(pictures: Sequence[Picture], key: str, strip: bool = False, tile: int = 62) -> None:
    """Draws each image's channels as tiles of about `tile` screen pixels, a color scale each unless one is shared.

    The value under the pointer is shown. As a strip the images stand side by side, else below each other.
    """
    data = {
        "mode": "strip" if strip else "rows",
        "colors": {"signed": SIGNED, "ink": INK},
        "tile": tile,
        "tip": text("maps.tip"),
        "layers": [_encode(picture) for picture in pictures],
    }
    _maps(key=key, data=data)


def picture_of(output: LayerOutput, at_most: int | None = None) -> Picture:
    """A layer's maps, or its `at_most` strongest ones; a row of units becomes an image one pixel high."""
    values = output.values if output.is_map else output.values[np.newaxis, :, np.newaxis]
    channels = None
    if at_most and values.shape[2] > at_most:
        strongest = np.argsort(-np.abs(values).mean(axis=(0, 1)))[:at_most]
        channels = tuple(int(c) for c in sorted(strongest))
        values = values[:, :, channels]
    shape = "×".join(map(str, output.values.shape))
    return Picture(output.name, f"{output.kind} · {shape}", values, channels=channels)


def ink_picture(title: str, caption: str, ink: np.ndarray) -> Picture:
    """(H, W) or (H, W, 1) gray values, 0 paper."""
    return Picture(title, caption, ink.reshape(*ink.shape[:2], -1), role="ink")


def _encode(picture: Picture) -> dict[str, object]:
    values = clean(picture.values)
    return {
        "title": picture.title,
        "caption": picture.caption,
        "role": picture.role,
        "shape": list(values.shape),
        "channels": picture.channels,
        **encode_values(values, picture.limit or find_limit(values)),
    }
