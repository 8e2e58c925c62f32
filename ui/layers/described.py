"""Describes all layers for the browser: texts, geometry and values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from cnn_core.figures.thumbnails import encode_png
from cnn_core.inspection.model.graph import OpenLayer, Values
from ui.layers.geometry import describe_way
from ui.layers.subject import Subject
from ui.shared.encoded import clean, encode_values, find_limit
from ui.shared.probability_bars import format_share
from ui.text import text

_VALUES_AT_ONCE = 500_000  # what a browser takes in without a pause
_PAGES = (128, 64, 32, 16, 8, 4)


@st.cache_data(max_entries=24, show_spinner=False)
def describe_layers(
    key: str,
    pages: tuple[tuple[str, int], ...],
    _subject: Subject,
    _layers: Sequence[OpenLayer],
    _values: Values,
) -> list[dict[str, Any]]:
    """Each layer for the browser: its words, its way to its sources, and the channels of its page."""
    first_of, shapes = dict(pages), {name: _as_map(array).shape for name, array in _values.items()}
    shown = [layer.name for layer in _layers if not layer.traits.passes_through]
    page = choose_page([shapes[name] for name in shown])
    rows = []
    for layer in _layers:
        row: dict[str, Any] = {"name": layer.name, "title": layer.name, "shape": shapes[layer.name]}
        row |= describe_way(layer, shapes)
        array = _values[layer.name]
        if layer.name in shown:
            row |= _encode(_as_map(array), first_of.get(layer.name, 0), page)
            if array.ndim == 1:  # what is painted is rounded to steps, in which 1e-9 would be 0
                row["exact"] = [float(value) for value in clean(array)]
            row |= {"stats": _describe_values(array), "caption": f"{layer.kind} · {_shape(array)}"}
        rows.append(row)
    rows[0] |= {"role": "ink", "title": _subject.title, "caption": _shape(_values[_layers[0].name])}
    if _subject.picture.shape[2] == 3:
        rows[0]["colour"] = encode_png(_subject.picture.astype(np.uint8))
    if len(_subject.probabilities) == len(_subject.class_names):
        rows[-1]["classes"] = _describe_classes(_subject)
    return rows


def choose_page(shapes: Sequence[tuple[int, ...]]) -> int:
    for page in _PAGES:
        if sum(h * w * (min(c, page) if h * w > 1 else c) for h, w, c in shapes) <= _VALUES_AT_ONCE:
            return page
    return _PAGES[-1]


def _encode(values: np.ndarray, first: int, page: int) -> dict[str, Any]:
    """`values` (H, W, C); a row of units is shown whole up to a thousand."""
    page = page if values.shape[0] * values.shape[1] > 1 else 1000
    first = min(first, values.shape[2] - 1)
    values = clean(values)
    part = values[:, :, first : first + page]
    return {
        "role": "signed",
        "first": first,
        "page": page,
        "shown": part.shape,
        **encode_values(part, find_limit(values)),
    }


def _describe_values(values: np.ndarray) -> str:
    return text(
        "overview.stats",
        least=f"{float(values.min()):.3g}",
        most=f"{float(values.max()):.3g}",
        mean=f"{float(values.mean()):.3g}",
        zeros=f"{float((values == 0).mean()):.0%}",
    )


def _describe_classes(subject: Subject) -> list[dict[str, Any]]:
    best = int(subject.probabilities.argmax())
    pairs = enumerate(zip(subject.class_names, subject.probabilities, strict=True))
    return [{"name": name, "share": format_share(float(p)), "best": i == best} for i, (name, p) in pairs]


def _as_map(values: np.ndarray) -> np.ndarray:
    return values if values.ndim == 3 else values[np.newaxis, np.newaxis, :]


def _shape(values: np.ndarray) -> str:
    return "×".join(map(str, values.shape))
