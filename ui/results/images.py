"""Test images with predictions: those of a cell, the most confident mistakes, or five at random."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.evaluation.metrics import find_surest_mistakes
from ui.results.cards import Gallery, render_cards
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.probability_bars import render_probabilities
from ui.text import text

VIEWS = ("cell", "surest", "random")
AT_ONCE = 12
AT_RANDOM = 5  # as the article of R3 draws them


def render_gallery(gallery: Gallery, cell: tuple[int, int] | None) -> None:
    """The choice of images, and the images."""
    start_widget(gallery.key("view"), VIEWS[0])
    view = st.segmented_control(
        text("results.look_at"),
        VIEWS,
        key=remembered(gallery.key("view")),
        format_func=lambda name: text(f"results.view_{name}"),
        required=True,
        persist_state="session",
    )
    indices = _choose(gallery, view or VIEWS[0], cell)
    if len(indices):
        start_widget(gallery.key("image"), int(indices[0]))
    more_key = gallery.key(f"shown.{view}.{cell if view == 'cell' else ''}")
    render_cards(gallery, indices[: widget_value(more_key, AT_ONCE)], size=48, width=70, key="gallery")
    _render_more(gallery, view or VIEWS[0], more_key, len(indices))


def _choose(gallery: Gallery, view: str, cell: tuple[int, int] | None) -> np.ndarray:
    """Indices of the images of a view, and its caption."""
    predictions, names = gallery.predictions, gallery.names
    if view == "random":
        generator = np.random.default_rng(widget_value(gallery.key("draw"), 0))
        count = len(predictions.labels)
        st.caption(text("results.random_note"))
        return generator.choice(count, min(AT_RANDOM, count), replace=False)
    if view == "cell" and cell:
        found = predictions.find_cell(*cell)
        st.caption(text("results.cell", true=names[cell[0]], predicted=names[cell[1]], count=f"{len(found):,}"))
        return found
    mistakes = find_surest_mistakes(predictions.probabilities, predictions.labels)
    st.caption(text("results.surest_note") if len(mistakes) else text("results.no_mistakes"))
    return mistakes


def _render_more(gallery: Gallery, view: str, more_key: str, count: int) -> None:
    """New ones at random, or more of the same."""
    if view == "random":
        draw = gallery.key("draw")
        again = (draw, widget_value(draw, 0) + 1)
        st.button(text("results.new_five"), icon=":material/casino:", on_click=set_widget, args=again)
        return
    shown = widget_value(more_key, AT_ONCE)
    if count > shown:
        label = text("results.more", shown=shown, count=f"{count:,}")
        st.button(label, on_click=set_widget, args=(more_key, shown + AT_ONCE))


def render_image(gallery: Gallery) -> None:
    """One image: its image, the probabilities as bars, and the numbers as the network puts them out."""
    last = len(gallery.predictions.labels) - 1
    start_widget(gallery.key("image"), 0)
    if widget_value(gallery.key("image")) > last:  # chosen when the test set was another one
        set_widget(gallery.key("image"), 0)
    with st.container(border=True):
        index = int(
            st.number_input(
                text("results.image"),
                0,
                last,
                key=remembered(gallery.key("image")),
                help=text("results.image_help", last=last),
                persist_state="session",
            )
        )
        picture, bars = st.columns([2, 3], vertical_alignment="center")
        with picture:
            render_cards(gallery, np.array([index]), size=112, width=130, key="one")
        shares = gallery.exact(index) if gallery.exact else gallery.predictions.probabilities[index]
        with bars:
            render_probabilities(np.nan_to_num(shares), gallery.names, gallery.color, key=gallery.key("bars"))
        st.caption(text("results.vector", classes=len(shares), sum=f"{shares.sum():.4f}"))
        st.code(
            np.array2string(shares, formatter={"float_kind": "{:.3e}".format}, max_line_width=34),
            language=None,
            wrap_lines=True,
        )
