"""Design: the layers of a network, with what each costs."""

import streamlit as st

from ui.design.designer import render_designer
from ui.text import text

st.title(text("design.title"), help=text("design.title_help"))
render_designer()
