"""Compare: runs side by side, settings, cost, accuracy and curves."""

import streamlit as st

from ui.compare.views import render_comparison
from ui.text import text

st.title(text("compare.title"))
render_comparison()
