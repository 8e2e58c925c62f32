"""Layers of two networks in rows of similar resolution with a shared color range per row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.comparison.alignment import Row, Stage, align
from cnn_core.inspection import LayerOutput
from ui.session.state import remembered, start_widget
from ui.shared.encoded import clean, find_limit
from ui.shared.maps import Picture, picture_of, render_maps
from ui.text import join_sentences, text
from ui.text.plain import plain

_RANGES, _COUNTS = ("layer", "row", "all"), (8, 16, 32, 0)
_RANGE, _COUNT = "compare.range", "compare.maps"
_TILE = {8: 62, 16: 46, 32: 40, 0: 40}

Outputs = Sequence[LayerOutput]


def list_shown(outputs: Outputs) -> list[LayerOutput]:
    """Layers that change values, without the output layer."""
    return [output for output in outputs[:-1] if not output.traits.copies]


def find_limits(rows: Sequence[Row], first: Outputs, second: Outputs, scope: str) -> list[tuple[float, float]]:
    """Where the colors of each row's two sides end: at the largest size of any value of the layer, row, or all."""
    limits = [
        (
            _limit(None if row.first is None else first[row.first]),
            _limit(None if row.second is None else second[row.second]),
        )
        for row in rows
    ]
    if scope == "layer":
        return limits
    shared = [max(pair) for pair in limits]
    if scope == "all":
        shared = [max(shared)] * len(shared)
    return [(limit or 1.0, limit or 1.0) for limit in shared]


def render_rows(outputs: tuple[Outputs, Outputs], names: tuple[str, str], signs: tuple[str, str], alike: bool) -> None:
    """A row for each resolution; what one lacks is a gap with a word. `alike`: both take pixels scaled alike."""
    sides = [list_shown(its) for its in outputs]
    heads = [f"{sign} {plain(name)}" for sign, name in zip(signs, names, strict=True)]
    rows = align(*([_stage_of(layer) for layer in side] for side in sides))
    count, scope = _render_choice(alike)
    st.caption(join_sentences((text(f"same_input.note_{scope}"), "" if alike else text("same_input.scaled"))))
    for place, (row, limits) in enumerate(zip(rows, find_limits(rows, sides[0], sides[1], scope), strict=True)):
        places = (row.first, row.second)
        there = [None if i is None else sides[side][i] for side, i in enumerate(places)]
        with st.container(border=True, key=f"compare-row-{place}"):
            for side, column in enumerate(st.columns(2, gap="medium")):
                layer, other = there[side], there[1 - side]
                with column:
                    if layer:
                        st.caption(heads[side])
                        _render_layer(layer, limits[side], count, key=f"same-{place}-{side}")
                    elif other:
                        st.caption(_describe_gap(heads[side], other))


def _render_choice(alike: bool) -> tuple[int, str]:
    """Where the pixels are scaled differently, one range would leave one side white."""
    key, first = (f"{_RANGE}.alike", "row") if alike else (f"{_RANGE}.other", "layer")
    start_widget(_COUNT, _COUNTS[0])
    start_widget(key, first)
    with st.container(horizontal=True, gap="medium"):
        count = st.segmented_control(
            text("same_input.maps"),
            _COUNTS,
            key=remembered(_COUNT),
            format_func=lambda n: str(n) if n else text("same_input.maps_all"),
            help=text("same_input.maps_help"),
            required=True,
            persist_state="session",
        )
        scope = st.segmented_control(
            text("same_input.range"),
            _RANGES,
            key=remembered(key),
            format_func=lambda name: text(f"same_input.range_{name}"),
            help=text("same_input.range_help"),
            required=True,
            persist_state="session",
        )
    return (_COUNTS[0] if count is None else count), scope or first


def _render_layer(layer: LayerOutput, limit: float, count: int, key: str) -> None:
    if layer.is_map:
        picture = picture_of(layer, count or None)
        shown, there = picture.values.shape[2], layer.values.shape[2]
        caption = picture.caption
        if shown < there:
            caption = text("same_input.some", layer=caption, shown=shown, count=there)
        render_maps([replace(picture, caption=caption, limit=limit)], key=key, tile=_TILE[count])
        return
    units = layer.values.shape[0]
    caption = text("same_input.units", layer=f"{layer.kind} · {units}")
    render_maps([Picture(layer.name, caption, as_grid(layer.values), limit=limit)], key=key, tile=150)


def as_grid(units: np.ndarray) -> np.ndarray:
    """(N,) → (H, W, 1), about square and read like a page; cells beyond the last unit are 0."""
    width = int(np.ceil(np.sqrt(len(units))))
    padded = np.zeros(width * -(-len(units) // width), units.dtype)
    padded[: len(units)] = units
    return padded.reshape(-1, width, 1)


def _stage_of(layer: LayerOutput) -> Stage:
    return Stage(layer.name, layer.kind, float(np.mean(layer.values.shape[:2])) if layer.is_map else 0.0)


def _limit(layer: LayerOutput | None) -> float:
    return 0.0 if layer is None else find_limit(clean(layer.values))


def _describe_gap(head: str, other: LayerOutput) -> str:
    if not other.is_map:
        return text("same_input.gap_units", name=head)
    height, width = other.values.shape[:2]
    return text("same_input.gap", name=head, size=f"{height}×{width}")
