"""Peer page: the drawing canvas, which prints the amount of ink."""

import streamlit as st
from streamlit_drawable_canvas import st_canvas

version = st.session_state.setdefault("version", 0)
result = st_canvas(
    key=f"canvas-{version}",
    width=280,
    height=280,
    stroke_width=20,
    stroke_color="#000000",
    background_color="#ffffff",
    return_image_data=True,
)
if st.button("Clear"):
    st.session_state.version += 1
    st.rerun()
if result.json_data is not None and result.image_data is not None and result.json_data.get("objects"):
    st.markdown(f"### Ink {int((255 - result.image_data[..., :3].mean(axis=-1)).sum())}")
else:
    st.markdown("### Blank")
