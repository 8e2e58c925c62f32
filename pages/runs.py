"""Runs: the list of everything trained."""

import streamlit as st

from ui.run_list import render_run_list
from ui.text import text

st.title(text("runs.title"))
render_run_list()
