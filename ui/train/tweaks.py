"""Filters, kernels and units of the chosen architecture, to change before training it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import streamlit as st

from cnn_core.architecture.layers import Conv2D, Dense, Layer
from cnn_core.architecture.spec import ArchitectureSpec
from ui.shared.field_widget import render_field
from ui.text.plain import plain
from ui.train.knobs import Knob, field_knob
from ui.train.setup_groups import Form

Tweaks = dict[str, dict[str, Any]]  # layer → field → value


def render_tweaks(form: Form) -> Tweaks:
    tweaks: Tweaks = {}
    with st.grid(2, min_column_width=110, gap="small"):
        for layer, name in _tweakable(form.base.architecture):
            with st.container():
                st.caption(plain(layer.name))
                value = render_field(type(layer), name, getattr(layer, name), key=form.key(f"{layer.name}.{name}"))
            tweaks.setdefault(layer.name, {})[name] = value
    return tweaks


def tweak_knobs(form: Form) -> Iterator[Knob]:
    for layer, name in _tweakable(form.base.architecture):
        yield field_knob(type(layer), name, getattr(layer, name), form.key(layer.name), of=layer.name)


def _tweakable(architecture: ArchitectureSpec) -> list[tuple[Layer, str]]:
    """(layer, field) of every filter, kernel and unit count; the last layer's units are the classes."""
    pairs: list[tuple[Layer, str]] = []
    for layer in architecture.layers[:-1]:
        if isinstance(layer, Conv2D):
            pairs += [(layer, "filters"), (layer, "kernel_size")]
        elif isinstance(layer, Dense):
            pairs.append((layer, "units"))
    return pairs
