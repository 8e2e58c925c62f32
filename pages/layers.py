"""Layers: every layer of a network for one input, down to the arithmetic behind one value."""

import streamlit as st

from ui.layers.views import render_layers
from ui.shared.model_picker import render_model_picker
from ui.shared.watches import render_live
from ui.text import text

st.title(text("layers.title"), help=text("layers.title_help"))
run = render_model_picker("layers")
render_live("layers", lambda: render_layers(run))
