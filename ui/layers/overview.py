"""Overview component: channels of every layer with selectable cells."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.inspection.model.graph import Cell, OpenLayer, Values
from cnn_core.palette import INK, SIGNED
from ui.components import read_asset
from ui.layers.described import describe_layers
from ui.layers.subject import Subject
from ui.session.state import KEPT, set_widget, widget_value
from ui.text import text
from ui.text.language import current_language

_overview = st.components.v2.component(
    "cnn_lab_overview",
    html=read_asset("layers/overview.html"),
    css=read_asset("layers/overview.css"),
    js=read_asset("shared/steps.js")
    + read_asset("shared/tiles.js")
    + read_asset("layers/overview_trace.js")
    + read_asset("layers/overview_paint.js")
    + read_asset("layers/overview_rows.js")
    + read_asset("layers/overview.js"),
)

_KEY = "layers.overview"


def render_overview(subject: Subject, layers: Sequence[OpenLayer], values: Values, picked: tuple[str, Cell]) -> None:
    """Draws it; a click changes what `picked_cell` gives, and draws the fragment again."""
    pages = widget_value(_pages_key(subject), {})
    key = f"{subject.key}-{current_language()}"
    data = {
        "subject": subject.key,
        "layers": describe_layers(key, tuple(sorted(pages.items())), subject, tuple(layers), values),
        "start": {"layer": picked[0], "cell": list(_as_cell(picked[1]))},
        "colors": {"signed": SIGNED, "ink": INK},
        "words": {
            **{key: text(f"overview.{key}") for key in ("cell", "unit", "range_own", "range_at", "range_ink")},
            "sizes": {size: text(f"overview.size_{size}") for size in ("small", "medium", "large")},
            "ranges": {scope: text(f"overview.range_{scope}") for scope in ("layer", "map", "all")},
            "bar": {
                name: text(f"overview.{name}")
                for name in ("size_name", "range_name", "below", "above", "from", "feeds")
            },
        },
    }
    _overview(
        key=_KEY,
        data=data,
        on_picked_change=lambda: _pick(subject, values),
        on_paged_change=lambda: _turn_page(subject),
    )


def picked_cell(subject: Subject) -> tuple[str, Cell] | None:
    """The layer and the cell that were picked last in this network, wherever it was trained to."""
    layer, colon, place = str(widget_value(_picked_key(subject), "")).rpartition(":")
    try:
        return (layer, tuple(int(number) for number in place.split(","))) if colon else None
    except ValueError:  # from a link
        return None


def _pick(subject: Subject, values: Values) -> None:
    value = getattr(widget_value(_KEY), "picked", None)
    if value:
        layer, place = str(value).rsplit(":", 1)
        cell = tuple(int(number) for number in place.split(","))
        shown = cell if values[layer].ndim == 3 else cell[2:]
        set_widget(_picked_key(subject), f"{layer}:{','.join(map(str, shown))}")


def _turn_page(subject: Subject) -> None:
    value = getattr(widget_value(_KEY), "paged", None)
    if value:
        layer, first = str(value).rsplit(":", 1)
        key = _pages_key(subject)
        set_widget(key, {**widget_value(key, {}), layer: max(0, int(first))})


def _picked_key(subject: Subject) -> str:
    return f"layers.picked.{subject.run.id}{KEPT}"


def _pages_key(subject: Subject) -> str:
    return f"layers.pages.{subject.run.id}"


def _as_cell(cell: Cell) -> Cell:
    return cell if len(cell) == 3 else (0, 0, *cell)
