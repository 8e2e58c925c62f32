"""Home: a canvas, the answer, the drawing's way through the network, and the ways on."""

import streamlit as st

from ui.draw.canvas import render_canvas
from ui.home.next_steps import render_articles, render_ways_on
from ui.shared.answer import render_answer, render_strip
from ui.shared.detected_digits import detect_digits
from ui.shared.model_picker import first_model
from ui.shared.watches import render_live
from ui.text import text

run = first_model("home")


def draw_and_see() -> None:
    with st.container(horizontal=True, gap="large"):
        with st.container(width=284):
            ink = render_canvas("home")
        with st.container(width=440):
            render_answer(run, detect_digits(ink), key="home", named=True)
    render_strip(run, ink, key="home")


st.title(text("home.title"), help=text("home.title_help"))
render_live("home", draw_and_see)
render_ways_on()
render_articles()
