"""Peer page: a slider that prints its value."""

import streamlit as st

size = st.slider("Kernel size", 1, 31, 3)
st.markdown(f"### Size {size}")
