"""One filter: ablation switch, weights, and feature map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.inspection.filters.kernels import Kernels
from ui.layers.filter_likes import render_exciting, render_favourite
from ui.layers.filter_tiles import Tile, Tiles, render_tiles
from ui.layers.filters_shown import off_filters, switch
from ui.layers.subject import Subject
from ui.layers.whatif import render_answer_now
from ui.session.state import set_widget, widget_value
from ui.shared.maps import Picture, render_maps
from ui.text import text
from ui.text.plain import plain

_WITH_NUMBERS = 5  # up to this size a kernel's weights are written into it
_AT_ONCE = 64  # input channels of a kernel shown as images


def render_filter(subject: Subject, kernels: Kernels, number: int) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{text('filters.one', number=number + 1, layer=plain(kernels.id))}**", width="content")
        _render_switch(subject, kernels, number)
    st.caption(_describe(kernels, number))
    render_answer_now(subject)
    weights, feature_map = st.columns(2, gap="small")
    reading = _choose_input(kernels, number)
    with weights:
        _render_weights(kernels, number, reading)
    with feature_map:
        _render_map(subject, kernels, number)
    if kernels.values.shape[2] > 1:
        _render_inputs(kernels, number, reading)
    if kernels.maps is not None:
        render_exciting(subject, kernels, number)
        render_favourite(subject, kernels, number)


def _render_switch(subject: Subject, kernels: Kernels, number: int) -> None:
    if kernels.maps is None:
        return
    key = f"filters.switch.{subject.run.id}.{kernels.layer}.{number}"
    set_widget(key, (kernels.layer, number) in off_filters(subject.run))
    args = (subject.run, kernels.layer, number)
    st.toggle(text("filters.off"), key=key, help=text("filters.off_help"), on_change=switch, args=args)


def _describe(kernels: Kernels, number: int) -> str:
    height, width, inputs, _ = kernels.values.shape
    values = {"size": f"{height}×{width}×{inputs}", "norm": f"{kernels.norms[number]:.3g}"}
    if kernels.bias is None:
        words = text("filters.facts", **values)
    else:
        words = text("filters.facts_bias", **values, bias=f"{kernels.bias[number]:.3g}")
    if kernels.sees is not None:
        words += " · " + text("filters.sees", number=kernels.sees[number] + 1)
    return words


def _render_weights(kernels: Kernels, number: int, reading: int) -> None:
    """The weights for one input channel, as numbers where there is room for them."""
    kernel = kernels.values[..., number]  # (h, w, inputs)
    seen = reading if kernels.sees is None else kernels.sees[number]
    label = text("filters.input", number=seen + 1)
    st.caption(text("filters.weights", input=label))
    is_small = max(kernel.shape[:2]) <= _WITH_NUMBERS
    picture = kernel[:, :, reading : reading + 1]
    one = Tiles(label, picture, [Tile(0, "", label)], _limit(kernel), 144, numbers=is_small, legend=not is_small)
    render_tiles(one, f"filters.numbers.{kernels.id}")


def _render_inputs(kernels: Kernels, number: int, reading: int) -> None:
    """The kernels of all input channels, or of the strongest, to choose from."""
    kernel = kernels.values[..., number]
    count = kernel.shape[2]
    strongest = np.argsort(-np.abs(kernel).sum(axis=(0, 1)), kind="stable")[:_AT_ONCE]
    shown = np.union1d(strongest, [reading]).astype(int)
    tiles = [Tile(int(i), "", text("filters.input", number=i + 1), selected=int(i) == reading) for i in shown]
    words = text("filters.inputs") if len(shown) == count else text("filters.strongest", count=len(shown), all=count)
    st.caption(words)
    inputs = Tiles(words, kernel[:, :, shown], tiles, _limit(kernel), 15, legend=False)
    render_tiles(inputs, f"filters.inputs.{kernels.id}", lambda index: set_widget(_reading_key(kernels), index))


def _choose_input(kernels: Kernels, number: int) -> int:
    """The input channel that was picked for this convolution, else the one with the largest weights."""
    strongest = np.abs(kernels.values[..., number]).sum(axis=(0, 1)).argmax()
    return min(int(widget_value(_reading_key(kernels), strongest)), kernels.values.shape[2] - 1)


def _reading_key(kernels: Kernels) -> str:
    return f"filters.read.{kernels.id}"


def _limit(kernel: np.ndarray) -> float:
    return float(np.nan_to_num(np.abs(kernel)).max())


def _render_map(subject: Subject, kernels: Kernels, number: int) -> None:
    output = next((output for output in subject.outputs if output.name == kernels.maps), None)
    if output is None:
        st.caption(text("filters.no_map"))
        return
    st.caption(text("filters.map"))
    values = output.values[:, :, number : number + 1]
    shape = "×".join(map(str, values.shape[:2]))
    render_maps([Picture(output.name, shape, values, channels=(number,))], key=f"filters.map.{kernels.id}", tile=144)
