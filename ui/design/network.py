"""Diagram and layer list of a network."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture import Anatomy, ArchitectureSpec, format_shape
from cnn_core.architecture.layers import Layer
from cnn_core.figures.network_picture import GROUP_COLORS, describe, draw_network
from ui.components import read_asset
from ui.text import text

_picture = st.components.v2.component(
    "cnn_lab_picture",
    html="""<div class="picture"></div>
<div class="save"><button type="button"></button><button type="button"></button></div>""",
    css=read_asset("design/picture.css"),
    js=read_asset("design/picture.js"),
)
_rows = st.components.v2.component(
    "cnn_lab_rows",
    html='<div class="rows"></div>\n',
    css=read_asset("design/rows.css"),
    js=read_asset("design/rows.js"),
)


def render_picture(spec: ArchitectureSpec, anatomy: Anatomy, selected: str, key: str) -> str | None:
    """Draws the network; returns the name of a block that was just clicked."""
    data = {
        "svg": draw_network(spec, anatomy),
        "name": spec.name,
        "selected": selected,
        "saveSvg": text("design.save_svg"),
        "savePng": text("design.save_png"),
    }
    return _picture(key=key, data=data, on_picked_change=lambda: None).picked


def render_rows(spec: ArchitectureSpec, anatomy: Anatomy, selected: str, broken: str, key: str) -> str | None:
    """One row per layer, the selected and the broken one marked; returns the name of one that was just clicked."""
    rows = [_describe_row(spec, anatomy, i, layer, selected, broken) for i, layer in enumerate(spec.layers)]
    return _rows(key=key, data={"rows": rows}, on_picked_change=lambda: None).picked


def format_count(value: float) -> str:
    """1,234 · 12.3 k · 4.56 M: three digits are enough to compare costs."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):.3g} {unit}"
    return f"{value:,.0f}"


def _describe_row(
    spec: ArchitectureSpec, anatomy: Anatomy, index: int, layer: Layer, selected: str, broken: str
) -> dict[str, object]:
    row = anatomy.rows[index] if index < len(anatomy.rows) else None
    parts, hint = [], ""
    if row:
        parts = [row.arithmetic] if row.arithmetic else []
        if row.macs:
            parts.append(text("design.row_macs", macs=format_count(row.macs)))
        if row.receptive_field:
            hint = text("design.row_sees", field=row.receptive_field, stride=row.stride)
    return {
        "name": layer.name,
        "what": " · ".join([describe(layer), *_settings(layer)]),
        "shape": format_shape(row.output_shape, spec.data_format) if row else "–",
        "sum": " · ".join(parts),
        "hint": hint,
        "color": GROUP_COLORS[type(layer).group],
        "selected": layer.name == selected,
        "broken": layer.name == broken,
    }


def _settings(layer: Layer) -> list[str]:
    """What a glance at a row should tell beside its kind and window."""
    shown = []
    for field in ("filters", "units", "rate", "factor"):
        if hasattr(layer, field):
            shown.append(f"{getattr(layer, field)}")
    if getattr(layer, "activation", "linear") != "linear" and type(layer).group != "activation":
        shown.append(str(layer.activation))  # type: ignore[attr-defined]
    return shown
