"""Draw: a canvas, what the network receives, and what the chosen model answers."""

import streamlit as st

from ui.answer import render_answer, render_network_input
from ui.bar import render_model_picker
from ui.canvas import current_pen_width, render_canvas, render_pen_width
from ui.navigation import link_to
from ui.text import text
from ui.waiting import render_live

st.title(text("draw.title"))
run = render_model_picker("draw")


def draw_and_see() -> None:
    with st.container(horizontal=True, gap="medium"):
        with st.container(width=284):
            ink = render_canvas("draw", current_pen_width("draw.pen"))
            render_pen_width("draw.pen")
        with st.container(width=206):
            st.markdown(f"**{text('draw.received')}**", help=text("draw.received_help"))
            render_network_input(run, ink, key="draw")
            st.caption(text("draw.received_note"))
        with st.container(width=290):
            render_answer(run, ink, key="draw")


render_live(draw_and_see)
with st.container(horizontal=True):
    link_to("layers", text("draw.to_layers"))
    link_to("train", text("draw.to_train"))
