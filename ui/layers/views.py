"""Layers page: one input in one network at any training moment, in four tabs."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.layers.filters import render_filters
from ui.layers.input import Chosen, choose_test_image, render_input
from ui.layers.map import render_map
from ui.layers.microscope import render_inside_one
from ui.layers.moments import Moment, probe_at
from ui.layers.subject import Subject
from ui.layers.time import PLAY_S, is_playing, render_confidence, render_time
from ui.layers.why import render_why
from ui.shared.answer import probe_or_wait
from ui.shared.expanders import remembered_tabs
from ui.shared.watches import rerun_on_change
from ui.text import explain, text, words

_RENDER: dict[str, Callable[[Subject], None]] = {
    "overview": lambda subject: st.fragment(render_inside_one)(subject),
    "filters": render_filters,
    "why": render_why,
    "map": lambda subject: render_map(subject, on_choose=choose_test_image),
}
_TAB = "layers.tab"


def render_layers(run: RunRecord) -> None:
    """Redraws itself while the training is played."""
    _render(run)


@st.fragment
def _render(run: RunRecord) -> None:
    rerun_on_change("play", None, time.monotonic if is_playing() else None, PLAY_S)  # each time is a change
    try:
        chosen = render_input(run)
        if chosen is None or probe_or_wait(run) is None:
            return
        paper = st.get_option(f"theme.{st.context.theme.type or 'light'}.backgroundColor")
        st.html(f"<style>:root {{ --cnn-lab-paper: {paper}; }} {read_asset('layers/layers.css')}</style>")
        with st.container(key="layers-time"):
            slider, curve = st.columns([3, 2], gap="medium", vertical_alignment="center")
            with slider:
                moment = render_time(run)
            with curve:
                render_confidence(run, chosen, moment, words(DATASETS[run.experiment.dataset].class_names))
        _render_tabs(_open(run, moment, chosen))
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")


def _open(run: RunRecord, moment: Moment, chosen: Chosen) -> Subject:
    with probe_at(run, moment) as probe:
        outputs = tuple(probe.inspect(chosen.inputs))
    return Subject(run, moment, chosen.inputs, chosen.picture, chosen.source, chosen.title, chosen.label, outputs)


def _render_tabs(subject: Subject) -> None:
    tabs = remembered_tabs({name: text(f"layers.tab_{name}") for name in _RENDER}, _TAB)
    for tab, name in zip(tabs, _RENDER, strict=True):
        if tab.open:  # the others are not even computed
            with tab:
                _RENDER[name](subject)
