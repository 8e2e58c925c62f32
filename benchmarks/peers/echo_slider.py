"""A slider and nothing else: says what it is set to."""

import streamlit as st

size = st.slider("Kernel size", 1, 31, 3)
st.markdown(f"### Size {size}")
