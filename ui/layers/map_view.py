"""Test images as points of a plane in the browser: coordinates, one sheet of thumbnails, and captions."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import streamlit as st

from cnn_core.data.datasets.base import Dataset
from cnn_core.figures.thumbnails import encode_png
from ui.components import read_asset
from ui.layers.why_cards import as_pixels
from ui.session.state import widget_value
from ui.shared.probability_bars import format_share
from ui.text import text

# Ten hues that keep apart on white and on dark; the points' shapes tell them apart as well.
CLASS_COLORS = (
    *("#2f7fc2", "#e08214", "#1f9e77", "#c2569b", "#9a8b2c"),
    *("#d1495b", "#7b818c", "#7d6ff5", "#17a2b8", "#9c6644"),
)
_COLUMNS = 40  # thumbnails in a row of the sheet

_scatter = st.components.v2.component(
    "cnn_lab_layers_map",
    html="""<div class="scatter"><div class="legend"></div><div class="plane">
<canvas class="points" tabindex="0" role="application"></canvas>
<div class="bubble"><canvas></canvas><span></span></div></div><p class="marks"></p><div class="said" aria-live="polite">
</div><p class="title"></p><div class="near"></div></div>
""",
    css=read_asset("layers/layers_map.css"),
    js=read_asset("layers/layers_map.js"),
)


@dataclass(frozen=True)
class Scatter:
    """`points` float32 (N, 2) belong to the test images `indices` (N,), whose classes are `labels` and `predicted`.

    `shares` (N,) is the probability of the predicted class. `own` (2,) is where the input lies that is looked at,
    `picture` (H, W, C) that input, and `near` the places (0 to N-1) of the images that the layer takes for most alike.
    """

    points: np.ndarray
    indices: np.ndarray
    labels: np.ndarray
    predicted: np.ndarray
    shares: np.ndarray
    own: np.ndarray
    picture: np.ndarray
    near: np.ndarray
    names: Sequence[str]
    sprite: dict[str, object]


def render_scatter(scatter: Scatter, key: str, on_pick: Callable[[int], None]) -> None:
    """Draws it; `on_pick` gets the index of a test image that someone clicks."""

    def pick() -> None:
        picked = getattr(widget_value(key), "picked", None)
        if picked is not None:
            on_pick(int(picked))

    _scatter(key=key, data=describe(scatter), on_picked_change=pick)


def describe(scatter: Scatter) -> dict[str, object]:
    """What the browser is sent: points and own input stretched together to fill the plane."""
    everything = np.vstack([scatter.points, scatter.own]).astype(np.float64)
    low, extent = everything.min(axis=0), np.ptp(everything, axis=0)
    placed = (everything - low) / np.where(extent > 0, extent, 1)
    rows = zip(scatter.indices, scatter.labels, scatter.predicted, scatter.shares, strict=True)
    return {
        "points": base64.b64encode(placed[:-1].astype("<f4").tobytes()).decode(),
        "own": {"place": placed[-1].tolist(), "picture": encode_png(as_pixels(scatter.picture))},
        "indices": scatter.indices.tolist(),
        "labels": scatter.labels.tolist(),
        "predicted": scatter.predicted.tolist(),
        "says": [_say(int(i), scatter.names[y], scatter.names[p], float(share)) for i, y, p, share in rows],
        "near": scatter.near.tolist(),
        "names": list(scatter.names),
        "colors": CLASS_COLORS,
        "sprite": scatter.sprite,
        "words": {"label": text("map.label"), "marks": text("map.marks"), "near": text("map.near")},
    }


def _say(index: int, label: str, predicted: str, share: float) -> str:
    if label == predicted:
        return text("map.right", index=index, label=label, share=format_share(share))
    return text("map.wrong", index=index, label=label, predicted=predicted, share=format_share(share))


def build_sprite(dataset: Dataset, indices: np.ndarray) -> dict[str, object]:
    """The images beside each other on one sheet, ink on white paper; photographs as JPEG, which is a third as large."""
    from PIL import Image

    images = dataset.x_test[indices]
    count, height, width, channels = images.shape
    rows = -(-count // _COLUMNS)
    sheet = np.zeros((rows * _COLUMNS, height, width, channels), np.uint8)
    sheet[:count] = images if channels == 3 else 255 - images
    pixels = sheet.reshape(rows, _COLUMNS, height, width, channels).swapaxes(1, 2)
    pixels = pixels.reshape(rows * height, _COLUMNS * width, channels)
    kind, options = ("JPEG", {"quality": 88}) if channels == 3 else ("PNG", {})
    buffer = BytesIO()
    Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]).save(buffer, kind, **options)
    source = f"data:image/{kind.lower()};base64,{base64.b64encode(buffer.getvalue()).decode()}"
    return {"source": source, "width": width, "height": height, "columns": _COLUMNS}
