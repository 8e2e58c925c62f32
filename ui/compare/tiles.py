"""Test images with two networks' predictions: selectable tiles, and one enlarged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.evaluation.predictions import Predictions
from cnn_core.figures.thumbnails import encode_png
from ui.compare.answers import Answered
from ui.components import read_asset
from ui.draw.figures import Figure, render_figures
from ui.layers.input import choose_test_image
from ui.session.state import set_widget, widget_value
from ui.shared.model_picker import choose_model
from ui.shared.navigation import go_to
from ui.shared.probability_bars import format_share, render_probabilities
from ui.text import text

IMAGE = "compare.image"
_LARGE = 168  # screen pixels

_tiles = st.components.v2.component(
    "cnn_lab_compare_tiles",
    html='<div class="tiles"></div>\n',
    css=read_asset("compare/compare_tiles.css"),
    js=read_asset("compare/compare_tiles.js"),
)


def render_tiles(
    indices: np.ndarray, pair: tuple[Answered, Answered], names: Sequence[str], images: np.ndarray | None, chosen: int
) -> None:
    """`images` uint8 (N, H, W, C), or None where the dataset is not here: numbers stand in their place."""

    def pick() -> None:
        picked = getattr(widget_value("compare-tiles"), "picked", None)
        if picked is not None:
            set_widget(IMAGE, int(picked))

    tiles = [_describe(int(index), pair, names, images) | {"selected": int(index) == chosen} for index in indices]
    _tiles(key="compare-tiles", data={"tiles": tiles}, on_picked_change=pick)


def render_one(index: int, pair: tuple[Answered, Answered], names: Sequence[str], images: np.ndarray | None) -> None:
    """The image, both networks' probabilities, and the ways to look further."""
    truth = names[int(pair[0].predictions.labels[index])]
    picture, *places = st.columns([2, 3, 3], gap="medium")
    with picture:
        st.markdown(f"**{text('disagreements.one', index=index, truth=truth)}**")
        if images is not None:
            render_figures(
                [Figure(encode_png(images[index]), "", alt=text("disagreements.truth", truth=truth))], _LARGE
            )
    for one, place in zip(pair, places, strict=True):
        with place:
            st.markdown(f"**{one.head}**")
            shares = np.nan_to_num(one.predictions.probabilities[index])
            render_probabilities(shares, names, one.style.color, key=f"compare-bars-{one.contender.id}")
            _render_ways(index, one, images)


def _render_ways(index: int, one: Answered, images: np.ndarray | None) -> None:
    """To the pages Layers and Draw with this network and this image."""
    run, can_open = one.run, one.run.has_model and images is not None
    drawable = DATASETS[run.experiment.dataset].image_shape[2] == 1
    with st.container(horizontal=True):
        to_layers = st.button(
            text("disagreements.to_layers"),
            icon=":material/layers:",
            key=f"compare.layers.{run.id}",
            disabled=not can_open,
            help=None if can_open else text("disagreements.cannot_open"),
        )
        to_draw = drawable and st.button(
            text("disagreements.to_draw"),
            icon=":material/draw:",
            key=f"compare.draw.{run.id}",
            disabled=not can_open,
            help=text("disagreements.to_draw_help" if can_open else "disagreements.cannot_open"),
        )
    if to_layers or (to_draw and images is not None):
        choose_model(run)
    if to_layers:
        choose_test_image(index)
        go_to("layers")
    if to_draw and images is not None:
        from ui.draw.views import use_ink  # brings the canvas along, which this page has no need of

        use_ink(images[index][..., 0].astype(np.float32) / 255.0)
        go_to("draw")


def _describe(
    index: int, pair: tuple[Answered, Answered], names: Sequence[str], images: np.ndarray | None
) -> dict[str, object]:
    truth = names[int(pair[0].predictions.labels[index])]
    answers = [_describe_answer(one, index, names) for one in pair]
    sentence = "; ".join(f"{one.name}: {answer['said']}" for one, answer in zip(pair, answers, strict=True))
    return {
        "id": index,
        "picture": encode_png(images[index]) if images is not None else "",
        "truth": text("disagreements.truth", truth=truth),
        "answers": answers,
        "label": text("disagreements.tile", index=index, truth=truth, answers=sentence),
    }


def _describe_answer(one: Answered, index: int, names: Sequence[str]) -> dict[str, object]:
    predictions: Predictions = one.predictions
    called = int(predictions.predicted[index])
    share = float(np.nan_to_num(predictions.probabilities[index, called]))
    return {
        "sign": one.style.sign,
        "color": one.style.color,
        "said": f"{names[called]} · {format_share(share)}",
        "right": called == int(predictions.labels[index]),
    }
