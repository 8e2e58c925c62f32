"""Attribution maps over the faint input, each with its legend and description."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.figures.thumbnails import encode_png
from cnn_core.inspection.attribution.explanation import Explanation
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS, AttributionMethod
from cnn_core.palette import SIGNED
from ui.components import read_asset
from ui.shared.encoded import clean, encode_values, find_limit
from ui.shared.probability_bars import format_share
from ui.text import text, text_or

_LEAST_FALL = 0.05  # of probability: a square that costs less is pale
_FORMATS: dict[str, Callable[[Any], str]] = {"difference": "{:+.2f}".format, "gap": format_share}
_GREY = np.array((0.299, 0.587, 0.114), np.float32)

_why = st.components.v2.component(
    "cnn_lab_why",
    html='<div class="frame"><div class="why"></div></div><div class="tip"></div>\n',
    css=read_asset("layers/why.css"),
    js=read_asset("shared/steps.js") + read_asset("layers/why.js"),
)


@dataclass(frozen=True)
class Card:
    """`values` (H, W) or None for a card of words alone; `factor` and `unit` are how they are shown, and
    `least` is where full color begins at the earliest: below it, differences do not matter."""

    title: str
    shows: str
    beware: str = ""
    values: np.ndarray | None = None
    factor: float = 1.0
    unit: str = ""
    least: float = 0.0
    picture: str = ""


def render_cards(picture: np.ndarray, explanation: Explanation, label: str, key: str) -> None:
    """`picture` (H, W, C) is the input as a person sees it, `label` the name of the class that is explained."""
    pixels = as_pixels(picture)
    cards = [
        Card(text("why.input"), text("why.input_shows"), picture=encode_png(pixels)),
        *(_describe(method, explanation, label) for method in ATTRIBUTIONS.values()),
    ]
    data = {
        "cards": [_encode(card) for card in cards],
        "shape": list(pixels.shape[:2]),
        "ink": base64.b64encode(find_darkness(pixels).tobytes()).decode(),
        "colors": SIGNED,
        "row": text("why.row"),
        "column": text("why.column"),
    }
    _why(key=key, data=data)


def as_pixels(picture: np.ndarray) -> np.ndarray:
    """An image of 0–255 or 0–1 → uint8 (H, W, C)."""
    scale = 1 if picture.dtype == np.uint8 or picture.max() > 1 else 255
    return np.rint(np.clip(picture * scale, 0, 255)).astype(np.uint8).reshape(*picture.shape[:2], -1)


def find_darkness(pixels: np.ndarray) -> np.ndarray:
    """uint8 (H, W, C) → uint8 (H, W): ink as it is; of a color image how dark it is."""
    return pixels[:, :, 0] if pixels.shape[2] == 1 else np.rint(255 - pixels @ _GREY).astype(np.uint8)


def _describe(method: type[AttributionMethod], explanation: Explanation, label: str) -> Card:
    title = text_or(f"why.{method.key}", method.title)
    if method.key not in explanation.maps:
        return Card(title, text_or(f"why.no_{method.key}", method.absence))
    values = explanation.maps[method.key]
    facts = {name: _FORMATS.get(name, str)(fact) for name, fact in explanation.facts[method.key].items()}
    most = f"{max(100 * float(values.max()), 0):.1f}"
    shows = text_or(f"why.{method.key}_shows", method.shows, label=label, most=most, **facts)
    beware = text_or(f"why.{method.key}_beware", method.beware)
    if method.is_probability:
        return Card(title, shows, beware, values, factor=100, unit=text("why.points"), least=_LEAST_FALL)
    return Card(title, shows, beware, values)


def _encode(card: Card) -> dict[str, object]:
    shown: dict[str, object] = {
        "title": card.title,
        "shows": card.shows,
        "beware": card.beware,
        "picture": card.picture,
        "values": "",
    }
    if card.values is None:
        return shown
    values = clean(card.values)
    return shown | {
        "factor": card.factor,
        "unit": card.unit,
        "positive": bool(values.min() >= 0),
        **encode_values(values, find_limit(values, card.least)),
    }
