"""Test images as cards: image, prediction and label."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.evaluation.predictions import Predictions
from cnn_core.figures.thumbnails import encode_png
from ui.components import read_asset
from ui.session.state import set_widget, widget_value
from ui.shared.formats import format_percent
from ui.shared.probability_bars import format_share
from ui.text import text

_cards = st.components.v2.component(
    "cnn_lab_cards",
    html='<div class="cards"></div>\n',
    css=read_asset("shared/cards.css"),
    js=read_asset("shared/cards.js"),
)


@dataclass(frozen=True)
class Gallery:
    """What the images are shown from. `images` uint8 (N, H, W, C) is None where the dataset is not here.

    `prefix` begins the keys of this run's widgets; `color` is its experiment's. `exact` asks the network about one
    image where `predictions` are rounded.
    """

    predictions: Predictions
    names: Sequence[str]
    images: np.ndarray | None
    prefix: str
    color: str
    exact: Callable[[int], np.ndarray] | None = None

    def key(self, name: str) -> str:
        return f"{self.prefix}.{name}"


def render_cards(gallery: Gallery, indices: np.ndarray, size: int, width: int, key: str) -> None:
    """`size` of an image and least `width` of a card in screen pixels."""

    def pick() -> None:
        picked = getattr(widget_value(gallery.key(key)), "picked", None)
        if picked is not None:
            set_widget(gallery.key("image"), int(picked))

    looked_at = widget_value(gallery.key("image"), -1)
    cards = [_describe(gallery, int(index), int(index) == looked_at and key == "gallery") for index in indices]
    data = {"cards": cards, "size": size, "width": width, "pickable": key == "gallery"}
    _cards(key=gallery.key(key), data=data, on_picked_change=pick)


def _describe(gallery: Gallery, index: int, is_selected: bool) -> dict[str, object]:
    predictions, names = gallery.predictions, gallery.names
    shares = predictions.probabilities[index]
    called, true = int(predictions.predicted[index]), int(predictions.labels[index])
    right, predicted, truth = called == true, names[called], names[true]
    shown = (_format_short(float(shares[called])), _format_short(float(shares[true])))
    exact = (format_share(float(shares[called])), format_share(float(shares[true])))
    return {
        "id": index,
        "picture": encode_png(gallery.images[index]) if gallery.images is not None else "",
        "said": text("results.said_right" if right else "results.said_wrong", called=predicted, share=shown[0]),
        "truth": text("results.actual_right", true=truth)
        if right
        else text("results.actual", true=truth, other=shown[1]),
        "label": text("results.card", index=index, called=predicted, share=exact[0], true=truth, other=exact[1]),
        "right": right,
        "selected": is_selected,
    }


def _format_short(share: float) -> str:
    """Whole percents for a narrow card; what is not quite 0 or 100 % is not called so."""
    if 0 < share < 0.005:
        return f"<{format_percent(0.01, 0)}"
    return f">{format_percent(0.99, 0)}" if 0.995 < share < 1 else format_percent(share, 0)
