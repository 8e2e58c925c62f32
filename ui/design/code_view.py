"""The design as code: a Keras script, a notebook, and `model.summary()` as Keras prints it."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture import build_model
from cnn_core.experiment import Experiment
from cnn_core.export import write_notebook, write_script
from ui.server.waiting import is_ready, render_wait
from ui.text import text


def render_code(design: Experiment) -> None:
    script, name = write_script(design), design.architecture.name
    with st.container(horizontal=True):
        st.download_button(
            text("code.script"), script, file_name=f"{name}.py", mime="text/x-python", icon=":material/download:"
        )
        st.download_button(
            text("code.notebook"),
            write_notebook(design),
            file_name=f"{name}.ipynb",
            mime="application/x-ipynb+json",
            icon=":material/download:",
        )
    st.code(script, language="python")
    with st.expander(text("code.summary"), on_change="rerun", key="code.summary") as summary:
        if summary.open:
            _render_summary(design)


def _render_summary(design: Experiment) -> None:
    if not is_ready():
        render_wait(0)
        return
    lines: list[str] = []
    build_model(design.architecture).summary(print_fn=lambda line, **_: lines.append(line), line_length=90)
    st.code("\n".join(lines), language=None)
