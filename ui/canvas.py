"""The drawing canvas. The only module that touches the canvas package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from ui.state import Drawing, lab, widget_value
from ui.text import text

SIZE = 280
DEFAULT_PEN = 20
_ICONS = {"undo": "undo", "redo": "redo", "clear": "delete"}


def render_canvas(page: str, pen: int = DEFAULT_PEN) -> np.ndarray | None:
    """Draws the canvas with this session's drawing on it; returns its ink (280, 280), 0–1, or None while it is blank.

    The drawing goes along from page to page.
    """
    sheet = lab().sheet
    if sheet.page != page:  # it starts with what was drawn elsewhere
        sheet.page = page
        sheet.mount_anew()
    st.caption(text("draw.here"))  # also the place where the canvas's own tools appear under the pointer
    result = st_canvas(
        key=f"canvas-{page}-{sheet.version}",
        width=SIZE,
        height=SIZE,
        stroke_width=pen,
        stroke_color="#000000",
        background_color="#ffffff",
        initial_drawing=sheet.start,
        return_image_data=True,
    )
    if result.json_data is not None and result.image_data is not None and result.json_data != sheet.received:
        sheet.received = result.json_data
        blank = not result.json_data.get("objects")
        sheet.add(Drawing() if blank else Drawing(result.json_data, _pixels(result.image_data)))
    with st.container(horizontal=True, gap="small"):
        _render_button("undo", page, sheet.can_undo, sheet.go, -1)
        _render_button("redo", page, sheet.can_redo, sheet.go, 1)
        _render_button("clear", page, lab().ink is not None, _clear)
    return lab().ink


def _render_button(name: str, page: str, enabled: bool, action: Callable[..., None], *args: int) -> None:
    st.button(
        text(f"draw.{name}"),
        icon=f":material/{_ICONS[name]}:",
        key=f"{name}-{page}",
        disabled=not enabled,
        on_click=action,
        args=args,
    )


def _clear() -> None:
    """A blank sheet; undo brings the drawing back."""
    lab().sheet.add(Drawing())
    lab().sheet.mount_anew()


def current_pen_width(key: str) -> int:
    """What the slider of `render_pen_width` says, for a canvas that stands above it."""
    return int(widget_value(key, DEFAULT_PEN))


def render_pen_width(key: str) -> None:
    st.slider(text("draw.pen"), 8, 40, DEFAULT_PEN, key=key, persist_state="session", help=text("draw.pen_help"))


def _pixels(rgba: np.ndarray) -> np.ndarray:
    """Dark on white → uint8 ink, 0 paper to 255 full ink."""
    return np.rint(255.0 - rgba[..., :3].mean(axis=-1, dtype=np.float32)).astype(np.uint8)
