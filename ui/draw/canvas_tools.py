"""Drawing tools: pen, eraser, ink color, and example digits."""

from __future__ import annotations

import base64
from copy import deepcopy
from io import BytesIO
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from cnn_core.data.handwriting.examples import DIGIT_STROKES, Stroke, draw_strokes
from ui.session.model import Drawing
from ui.session.state import remembered, session, widget_value
from ui.text import text

SIZE = 280
DEFAULT_PEN = 20
INK, PAPER = "#000000", "#ffffff"
_PEN, _TOOL, _LIGHT = "draw.pen", "draw.tool", "draw.light"


def pen_width() -> int:
    """Value of a slider that is rendered below the canvas."""
    return int(widget_value(_PEN, DEFAULT_PEN))


def is_erasing() -> bool:
    return bool(widget_value(_TOOL, "pen") == "eraser")


def is_light() -> bool:
    """Whether light ink is drawn on a dark sheet."""
    return bool(widget_value(_LIGHT, False))


def render_tools() -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.segmented_control(
            text("draw.tool"),
            ["pen", "eraser"],
            default="pen",
            format_func=lambda tool: text(f"draw.tool_{tool}"),
            key=_TOOL,
            label_visibility="collapsed",
            required=True,
        )
        with st.popover(text("draw.examples"), icon=":material/gesture:"), st.container(horizontal=True, gap="small"):
            for digit, strokes in DIGIT_STROKES.items():
                st.button(str(digit), key=f"draw.example.{digit}", on_click=_put, args=(strokes,))
        st.toggle(
            text("draw.light"),
            key=remembered(_LIGHT),
            on_change=session().sheet.mount_anew,
            persist_state="session",
            help=text("draw.light_help"),
        )
    st.slider(
        text("draw.pen"), 8, 40, DEFAULT_PEN, key=remembered(_PEN), persist_state="session", help=text("draw.pen_help")
    )


def put_drawing(pixels: np.ndarray, strokes: dict[str, Any] | None) -> None:
    """Lays a drawing, uint8 (280, 280), on the canvas; undo brings back what was there. Only from a callback."""
    session().sheet.add(Drawing(strokes or _as_object(pixels), pixels))
    session().sheet.mount_anew()


def in_colors(strokes: dict[str, Any] | None, light: bool) -> dict[str, Any] | None:
    """The canvas's description with ink and paper changed over where the sheet is dark; twice gives it back."""
    if not light or not strokes:
        return strokes
    turned, other = deepcopy(strokes), {INK: PAPER, PAPER: INK}
    turned["background"] = other.get(turned.get("background", ""), turned.get("background"))
    for drawn in turned.get("objects", []):
        drawn["stroke"] = other.get(drawn.get("stroke"), drawn.get("stroke"))
    return turned


def describe_strokes(strokes: list[Stroke], pen: int = DEFAULT_PEN) -> dict[str, Any]:
    """Strokes in a unit square as the canvas describes what is drawn on it."""
    objects = []
    for stroke in strokes:
        points = np.array(stroke) * SIZE
        low, high = points.min(axis=0), points.max(axis=0)
        path = [["M" if i == 0 else "L", float(x), float(y)] for i, (x, y) in enumerate(points)]
        objects.append(_object("Path", (low + high) / 2, high - low) | {"path": path, "fill": None, "strokeWidth": pen})
    return {"version": "7.4.0", "objects": objects, "background": PAPER}


def _put(strokes: list[Stroke]) -> None:
    put_drawing(np.rint(draw_strokes(strokes) * 255).astype(np.uint8), describe_strokes(strokes))


def _object(kind: str, centre: np.ndarray, size: np.ndarray) -> dict[str, Any]:
    return {
        "type": kind,
        "version": "7.4.0",
        "originX": "center",
        "originY": "center",
        "left": float(centre[0]),
        "top": float(centre[1]),
        "width": float(size[0]),
        "height": float(size[1]),
        "stroke": INK,
        "strokeLineCap": "round",
        "strokeLineJoin": "round",
    }


def _as_object(pixels: np.ndarray) -> dict[str, Any]:
    """An image as one object on the canvas: what was not drawn with strokes."""
    buffer = BytesIO()
    Image.fromarray(255 - pixels).save(buffer, "PNG")
    middle = np.full(2, SIZE / 2)
    picture = _object("Image", middle, np.full(2, SIZE)) | {
        "stroke": None,
        "strokeWidth": 0,
        "src": f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}",
    }
    return {"version": "7.4.0", "objects": [picture], "background": PAPER}
