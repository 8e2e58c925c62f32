"""Runs: the list of everything trained."""

import streamlit as st

from ui.runs.list import render_run_list
from ui.text import text

st.title(text("runs.title"))
render_run_list()
