"""Layers, Filters: every kernel of a convolution as an image, and one of them opened."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.inspection.filters.kernels import Kernels
from ui.layers.filter import render_filter
from ui.layers.filter_tiles import Tile, Tiles, render_tiles
from ui.layers.filters_report import render_report
from ui.layers.filters_shown import choose, filter_key, kernels_of, layer_key, off_filters
from ui.layers.subject import Subject
from ui.layers.whatif import render_whatif
from ui.session.state import remembered, start_widget, widget_value
from ui.shared.datasets import render_dataset_offer
from ui.text import explain, text

PER_PAGE = 64
_MEAN = -1
_SORTS = ("number", "norm")


def render_filters(subject: Subject) -> None:
    """Draws the tab; a choice made in it redraws nothing else."""
    st.fragment(_render)(subject)


def _render(subject: Subject) -> None:
    try:
        groups = kernels_of(subject)
        if not groups:
            st.info(text("filters.none"), icon=":material/info:")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kernels = _choose_layer(subject, groups)
            channel = _choose_channel(kernels)
            order = _choose_order(kernels)
        number = _chosen_filter(subject, kernels)
        left, right = st.columns([6, 5], gap="medium")
        with left:
            _render_grid(subject, kernels, channel, order, number)
            render_whatif(subject)
        with right, st.container(border=True):
            render_filter(subject, kernels, number)
        render_report(subject)
        render_dataset_offer(subject.run.experiment.dataset, "")
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")


def _choose_layer(subject: Subject, groups: tuple[Kernels, ...]) -> Kernels:
    by_id = {kernels.id: kernels for kernels in groups}
    key = layer_key(subject.run)
    start_widget(key, groups[0].id)
    chosen = st.selectbox(
        text("filters.layer"),
        list(by_id),
        format_func=lambda name: text("filters.layer_is", name=name, count=by_id[name].filters),
        key=remembered(key),
        help=text("filters.layer_help"),
        persist_state="session",
        width=230,
    )
    return by_id.get(chosen, groups[0])


def _choose_channel(kernels: Kernels) -> int:
    """An input channel, or the mean over all of them."""
    inputs = kernels.values.shape[2]
    if inputs == 1:
        return 0
    return st.selectbox(
        text("filters.channel"),
        [_MEAN, *range(inputs)],
        format_func=lambda index: text("filters.mean") if index == _MEAN else text("filters.input", number=index + 1),
        key=remembered(f"filters.channel.{kernels.id}.{inputs}"),
        help=text("filters.channel_help"),
        persist_state="session",
        width=190,
    )


def _choose_order(kernels: Kernels) -> np.ndarray:
    """The filters' numbers, from 0, in the order in which they are shown."""
    sort = st.segmented_control(
        text("filters.sort"),
        _SORTS,
        default=_SORTS[0],
        format_func=lambda name: text(f"filters.sort_{name}"),
        key=remembered("filters.sort"),
        help=text("filters.sort_help"),
        required=True,
        persist_state="session",
    )
    if sort == "norm":
        return np.argsort(-np.nan_to_num(kernels.norms), kind="stable")
    return np.arange(kernels.filters)


def _chosen_filter(subject: Subject, kernels: Kernels) -> int:
    chosen: int = widget_value(filter_key(subject.run, kernels.id), 0)
    return min(chosen, kernels.filters - 1)


def _render_grid(subject: Subject, kernels: Kernels, channel: int, order: np.ndarray, number: int) -> None:
    pictures = kernels.values.mean(axis=2) if channel == _MEAN else kernels.values[:, :, channel]  # (h, w, filters)
    limit = float(np.nan_to_num(np.abs(pictures)).max())
    shown = order[_choose_page(subject, kernels, order, number)]
    off = off_filters(subject.run)
    tiles = [
        Tile(
            int(index),
            str(index + 1),
            text("filters.tile", number=index + 1, norm=f"{kernels.norms[index]:.3g}"),
            selected=int(index) == number,
            off=kernels.maps is not None and (kernels.layer, int(index)) in off,
        )
        for index in shown
    ]
    grid = Tiles(text("filters.grid", layer=kernels.id), pictures[:, :, shown], tiles, limit)
    render_tiles(grid, f"filters.grid.{kernels.id}", lambda index: choose(subject.run, kernels.id, index))
    st.caption(text("filters.legend"))


def _choose_page(subject: Subject, kernels: Kernels, order: np.ndarray, number: int) -> slice:
    """The filters of one page. It begins with that of the chosen filter, whenever another one is chosen."""
    pages = -(-kernels.filters // PER_PAGE)
    if pages == 1:
        return slice(None)
    home = int(np.flatnonzero(order == number)[0]) // PER_PAGE + 1
    page = st.pagination(pages, default=home, key=f"filters.page.{subject.run.id}.{kernels.id}.{number}.{home}")
    return slice((page - 1) * PER_PAGE, page * PER_PAGE)
