"""Learn: the five articles step by step, guided lessons, and the words of the field."""

import streamlit as st

from ui.learn.views import render_learn
from ui.text import text

st.title(text("learn.title"))
render_learn()
