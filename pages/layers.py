"""Layers: every convolution's feature maps and every pooling's output for one input."""

import streamlit as st

from ui.bar import render_model_picker
from ui.layer_views import render_layers
from ui.text import text
from ui.waiting import render_live

st.title(text("layers.title"), help=text("layers.title_help"))
run = render_model_picker("layers")
render_live(lambda: render_layers(run))
