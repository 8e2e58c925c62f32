"""Disagreements tab: test images that only one of two networks classifies correctly."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.disagreement import PARTS, Part, Split, are_comparable, compare_all
from cnn_core.data.datasets.load import is_available
from cnn_core.evaluation.predictions import name_classes
from cnn_core.figures.compared_answers import plot_agreement
from ui.compare.answers import Answered, render_with_answers
from ui.compare.pair import choose_pair
from ui.compare.tiles import IMAGE, render_one, render_tiles
from ui.components import read_asset
from ui.session.state import set_widget, start_widget, widget_value
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.shared.plot import render_figure
from ui.text import text, words

_PART, _SHOWN, _AT_ONCE = "compare.part", "compare.shown", 24

_parts = st.components.v2.component(
    "cnn_lab_compare_parts",
    html='<div class="parts"></div>\n',
    css=read_asset("compare/compare_parts.css"),
    js=read_asset("compare/compare_parts.js"),
)


def render_disagreements(contenders: Sequence[Contender]) -> None:
    render_with_answers(contenders, _render, key="disagreements")


def _render(answered: Sequence[Answered]) -> None:
    if len(answered) < 2:
        st.info(text("disagreements.too_few"), icon=":material/quiz:")
        return
    by_id = {one.contender.id: one for one in answered}
    chosen = choose_pair([one.contender for one in answered], {one.contender.id: one.name for one in answered})
    pair = by_id[chosen[0].id], by_id[chosen[1].id]
    if are_comparable(pair[0].predictions, pair[1].predictions):
        _render_pair(pair)
    else:
        st.warning(text("disagreements.other_test_set"), icon=":material/report:")
    alike = [one for one in answered if are_comparable(one.predictions, pair[0].predictions)]
    if len(alike) > 2:
        _render_agreement(alike)


def _render_pair(pair: tuple[Answered, Answered]) -> None:
    split = Split(pair[0].predictions, pair[1].predictions)
    st.markdown(_summarise(split, pair))
    start_widget(_PART, _first_part(split))
    part: Part = widget_value(_PART)
    _render_parts(split, pair, part)
    name = pair[0].run.experiment.dataset
    render_dataset_offer(name, "")
    images = cached_dataset(name).x_test if is_available(name) else None
    classes = words(name_classes(name, pair[0].predictions.classes))
    indices = split.find(part)
    if not len(indices):
        st.caption(text("disagreements.no_image"))
        return
    image = widget_value(IMAGE)
    if image is None or not (0 <= image < split.total) or not split.mask(part)[image]:
        image = int(indices[0])
        set_widget(IMAGE, image)
    with st.container(border=True):
        render_one(image, pair, classes, images)
    st.caption(text("disagreements.order"))
    shown = widget_value(_SHOWN, _AT_ONCE)
    render_tiles(indices[:shown], pair, classes, images, image)
    if len(indices) > shown:
        label = text("disagreements.more", shown=shown, count=f"{len(indices):,}")
        st.button(label, key="compare.more", on_click=set_widget, args=(_SHOWN, shown + _AT_ONCE))


def _summarise(split: Split, pair: tuple[Answered, Answered]) -> str:
    return text(
        "disagreements.summary",
        differing=f"{split.differing:,}",
        total=f"{split.total:,}",
        only_first=f"{split.count('first'):,}",
        only_second=f"{split.count('second'):,}",
        first=pair[0].head,
        second=pair[1].head,
    )


def _first_part(split: Split) -> Part:
    """Where there is something to see."""
    return next((part for part in ("first", "second", "neither") if split.count(part)), "both")


def _render_parts(split: Split, pair: tuple[Answered, Answered], selected: Part) -> None:
    def pick() -> None:
        picked = getattr(widget_value("compare-parts"), "picked", None)
        if picked in PARTS:
            set_widget(_PART, picked)
            set_widget(_SHOWN, _AT_ONCE)

    first, second = ({"sign": one.style.sign, "color": one.style.color, "name": one.name} for one in pair)
    heads = [(second, "right"), (second, "wrong"), (first, "right"), (first, "wrong")]
    data = {
        "heads": [head | {"words": text(f"disagreements.{how}", name=head["name"])} for head, how in heads],
        "cells": [
            {
                "part": part,
                "name": text(f"disagreements.part_{part}", first=first["name"], second=second["name"]),
                "count": f"{split.count(part):,}",
                "share": f"{split.count(part) / split.total:.2%}",
            }
            for part in PARTS
        ],
        "selected": selected,
    }
    _parts(key="compare-parts", data=data, on_picked_change=pick)
    st.caption(text("disagreements.parts_note"))


def _render_agreement(answered: Sequence[Answered]) -> None:
    st.markdown(f"#### {text('disagreements.agreement')}")
    agreement, kappa = compare_all([one.predictions for one in answered])
    hover = [
        [
            text("disagreements.pair", first=a.name, second=b.name, share=f"{share:.2%}", kappa=f"{k:.3f}")
            for b, share, k in zip(answered, shares, kappas, strict=True)
        ]
        for a, shares, kappas in zip(answered, agreement, kappa, strict=True)
    ]
    names, signs = [one.name for one in answered], [one.style.sign for one in answered]
    render_figure(plot_agreement(agreement, hover, names, signs), key="compare-agreement")
    st.caption(text("disagreements.agreement_note"))
