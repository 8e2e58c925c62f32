"""Draw: a canvas, what the network receives, and what one to four models answer."""

import streamlit as st

from ui.draw.models import render_more_models
from ui.draw.views import render_draw
from ui.shared.model_picker import choose_model, render_model_picker
from ui.shared.navigation import PAGES, go_to, link_to
from ui.shared.watches import render_live
from ui.text import text

st.title(text("draw.title"))
run = render_model_picker("draw")
runs = [run, *render_more_models(run)]
render_live("draw", lambda: render_draw(runs))
with st.container(horizontal=True):
    if st.button(text("draw.to_layers"), icon=f":material/{PAGES['layers'].icon}:", type="tertiary"):
        choose_model(run)
        go_to("layers")
    link_to("train", text("draw.to_train"))
