"""Layers: every layer of a network for one input, down to the arithmetic behind one value."""

import streamlit as st

from ui.layers.views import render_layers
from ui.server.waiting import render_live
from ui.shared.model_picker import render_model_picker
from ui.text import text

st.title(text("layers.title"), help=text("layers.title_help"))
run = render_model_picker("layers")
render_live(lambda: render_layers(run))
