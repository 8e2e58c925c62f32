"""The drawing canvas. The only module that touches the canvas package."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from ui.components import read_asset
from ui.draw.canvas_tools import DEFAULT_PEN, INK, PAPER, SIZE, in_colors
from ui.session.model import Drawing
from ui.session.state import session
from ui.text import text

_without_its_tools = st.components.v2.component("cnn_lab_canvas_style", js=read_asset("draw/canvas_style.js"))
_FRINGE = 6  # pixels: an eraser as wide as the pen would leave the gray edges of its strokes
_ICONS = {"undo": "undo", "redo": "redo", "clear": "delete"}


def render_canvas(page: str, pen: int = DEFAULT_PEN, erase: bool = False, light: bool = False) -> np.ndarray | None:
    """Draws the canvas with this session's drawing on it; returns its ink (280, 280), 0–1, or None while it is blank.

    The drawing goes along from page to page. `erase` paints with paper; `light` has light ink on a dark sheet.
    """
    ink, paper = (PAPER, INK) if light else (INK, PAPER)
    sheet = session().sheet
    if sheet.page != page:  # it starts with what was drawn elsewhere
        sheet.page = page
        sheet.mount_anew()
    st.caption(text("draw.here"))
    result = st_canvas(
        key=f"canvas-{page}-{sheet.version}",
        width=SIZE,
        height=SIZE,
        stroke_width=pen + _FRINGE if erase else pen,
        stroke_color=paper if erase else ink,
        background_color=paper,
        initial_drawing=in_colors(sheet.start, light),
        return_image_data=True,
    )
    _without_its_tools(key=f"canvas-style-{page}", data=sheet.version)
    if result.json_data is not None and result.image_data is not None and result.json_data != sheet.received:
        sheet.received = result.json_data
        pixels = _pixels(result.image_data, light)
        sheet.add(Drawing(in_colors(result.json_data, light), pixels) if pixels.any() else Drawing())
    with st.container(horizontal=True, gap="small"):
        _render_button("undo", page, sheet.can_undo, sheet.go, -1)
        _render_button("redo", page, sheet.can_redo, sheet.go, 1)
        _render_button("clear", page, session().ink is not None, _clear)
    return session().ink


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
    session().sheet.add(Drawing())
    session().sheet.mount_anew()


def _pixels(rgba: np.ndarray, light: bool) -> np.ndarray:
    """The canvas's colors → uint8 ink, 0 paper to 255 full ink."""
    grey = rgba[..., :3].mean(axis=-1, dtype=np.float32)
    return np.rint(grey if light else 255.0 - grey).astype(np.uint8)
