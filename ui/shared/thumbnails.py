"""Small data-set images side by side, with their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.figures.thumbnails import encode_png
from ui.components import read_asset

_strip = st.components.v2.component(
    "cnn_lab_strip",
    html='<div class="strip" role="group"></div>\n',
    css=read_asset("shared/strip.css"),
    js=read_asset("shared/strip.js"),
)


@dataclass(frozen=True)
class Thumbnail:
    """`pixels` uint8 (H, W, C) with one channel or three; a gray one is shown as ink on paper, as everywhere."""

    pixels: np.ndarray
    label: str = ""
    note: str = ""
    wrong: bool = False


def render_strip(title: str, pictures: Sequence[Thumbnail], key: str) -> None:
    """`title` is the text for screen readers."""
    shown = [{"source": encode_png(p.pixels), "label": p.label, "note": p.note, "wrong": p.wrong} for p in pictures]
    _strip(key=key, data={"title": title, "pictures": shown})
