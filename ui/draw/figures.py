"""Rows of small images with captions and sharp pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from cnn_core.figures.thumbnails import encode_png
from cnn_core.palette import SIGNED


@dataclass(frozen=True)
class Figure:
    """`source` is a `data:` address, `title` stands above the image and `caption` below it; `alt` is read out."""

    source: str
    caption: str
    title: str = ""
    alt: str = ""


def render_figures(figures: Sequence[Figure], width: int, gap: int = 14) -> None:
    """Side by side, each `width` screen pixels wide, in as many rows as it takes."""
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;gap:{gap}px;align-items:flex-start">'
        + "".join(_write(figure, width) for figure in figures)
        + "</div>"
    )


def _write(figure: Figure, width: int) -> str:
    title = f"<b>{escape(figure.title)}</b>" if figure.title else ""
    return (
        f'<figure style="margin:0;width:{width}px">{title}'
        f'<img src="{figure.source}" alt="{escape(figure.alt or figure.title or figure.caption)}" style="display:block;'
        f"width:{width}px;image-rendering:pixelated;border:1px solid rgba(128,128,128,.45);border-radius:4px;"
        f'box-sizing:border-box"><figcaption style="font-size:.85rem;text-align:center">{escape(figure.caption)}'
        "</figcaption></figure>"
    )


def encode_picture(picture: np.ndarray) -> str:
    """float32 (H, W, C), 0–1 → a `data:` address; one channel is ink on white paper."""
    return encode_png(np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8))


def encode_difference(difference: np.ndarray, limit: float) -> str:
    """float32 (H, W, C) → a `data:` address: blue at −`limit`, white at 0, red at `limit`; channels are averaged."""
    place = (np.clip(difference.mean(axis=2) / limit, -1, 1) + 1) / 2 * (len(SIGNED) - 1)
    stops = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in SIGNED])
    colors = [np.interp(place, np.arange(len(SIGNED)), stops[:, channel]) for channel in range(3)]
    return encode_png(np.rint(np.stack(colors, axis=2)).astype(np.uint8))
