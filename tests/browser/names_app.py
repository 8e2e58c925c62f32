"""A page for test_names_in_browser.py: each name in a paragraph, in bold, in a table, and as the label of widgets."""

import json
import os

import streamlit as st

from ui.text.plain import plain

for number, name in enumerate(json.loads(os.environ["NAMES"])):
    shown = plain(name)
    with st.container(key=f"text-{number}"):
        st.markdown(shown)
    with st.container(key=f"bold-{number}"):
        st.markdown(f"**{shown}**")
    with st.container(key=f"sentence-{number}"):
        st.caption(f"Run {shown} is complete.")
    with st.container(key=f"button-{number}"):
        st.button(shown, key=f"pressed-{number}")
    with st.container(key=f"error-{number}"):
        st.error(shown)
