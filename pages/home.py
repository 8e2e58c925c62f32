"""Home: a canvas, the answer, the drawing's way through the network, and the ways on."""

import streamlit as st

from cnn_core.runs.store import DEFAULT_RUN
from ui.answer import render_answer, render_strip
from ui.draw.canvas import render_canvas
from ui.found import look_at
from ui.server import get_store
from ui.text import text
from ui.waiting import render_live
from ui.ways_on import render_articles, render_ways_on

run = get_store().find(DEFAULT_RUN)


def draw_and_see() -> None:
    with st.container(horizontal=True, gap="large"):
        with st.container(width=284):
            ink = render_canvas("home")
        with st.container(width=440):
            render_answer(run, look_at(ink), key="home")
    render_strip(run, ink, key="home")


st.title(text("home.title"), help=text("home.title_help"))
render_live(draw_and_see)
render_ways_on()
render_articles()
