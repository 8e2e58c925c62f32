"""Layers tab: one image through two networks, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import CnnLabError
from cnn_core.inspection import LayerOutput
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.compare.labels import name_contenders
from ui.compare.layer_rows import render_rows
from ui.compare.pair import choose_pair
from ui.compare.picture import choose_picture
from ui.compare.repeats import answering_run
from ui.shared.answer import probe_or_wait
from ui.shared.maps import ink_picture, render_maps
from ui.shared.model_picker import sign_of
from ui.shared.probability_bars import format_share, render_probabilities
from ui.shared.watches import render_live
from ui.text import enumerate_words, explain, text, translate_core, words
from ui.text.plain import plain


def render_same_input(contenders: Sequence[Contender]) -> None:
    names = dict(zip((one.id for one in contenders), name_contenders(contenders), strict=True))
    able = [one for one in contenders if answering_run(one).has_model]
    if len(able) < len(contenders):
        without = enumerate_words(
            f"{sign_of(one.first)} {plain(names[one.id])}" for one in contenders if one not in able
        )
        st.caption(text("same_input.no_model", names=without))
    if len(able) < 2:
        st.info(text("same_input.too_few"), icon=":material/layers_clear:")
        return
    pair = choose_pair(able, names)
    runs = answering_run(pair[0]), answering_run(pair[1])
    refusal = refuse(*runs)
    if refusal:
        st.warning(refusal, icon=":material/block:")
        return
    render_live("same-input", lambda: _render(runs, (names[pair[0].id], names[pair[1].id])))


def refuse(first: RunRecord, second: RunRecord) -> str:
    """Why these two can't share an input; empty if they can."""
    one, other = first.experiment, second.experiment
    if one.dataset != other.dataset:
        return text(
            "same_input.other_data",
            first=translate_core(DATASETS[one.dataset].title),
            second=translate_core(DATASETS[other.dataset].title),
        )
    shapes = ["×".join(map(str, e.architecture.input_shape)) for e in (one, other)]
    if shapes[0] != shapes[1]:
        return text("same_input.other_shape", first=shapes[0], second=shapes[1])
    return ""


def _render(runs: tuple[RunRecord, RunRecord], names: tuple[str, str]) -> None:
    try:
        chosen = choose_picture(runs)
        if chosen is None:
            return
        outputs: list[list[LayerOutput]] = []
        for run, inputs in zip(runs, chosen.inputs, strict=True):
            probe = probe_or_wait(run, height=200)
            if probe is None:
                return
            outputs.append(probe.inspect(inputs))
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    _render_answers(runs, names, outputs, chosen.shown, chosen.title)
    alike = len({run.experiment.training.input_scaling for run in runs}) == 1
    render_rows((outputs[0], outputs[1]), names, (sign_of(runs[0]), sign_of(runs[1])), alike)


def _render_answers(
    runs: tuple[RunRecord, RunRecord],
    names: tuple[str, str],
    outputs: Sequence[Sequence[LayerOutput]],
    shown: np.ndarray,
    title: str,
) -> None:
    """The image, and both answers beside it."""
    picture, *places = st.columns([2, 3, 3], gap="medium")
    with picture:
        render_maps([ink_picture(title, "×".join(map(str, shown.shape[:2])), shown)], key="same-input", tile=168)
    for place, run, name, layers in zip(places, runs, names, outputs, strict=True):
        with place:
            shares = np.nan_to_num(layers[-1].values)
            classes = words(DATASETS[run.experiment.dataset].class_names)
            if len(shares) != len(classes):
                classes = tuple(map(str, range(len(shares))))
            best = int(shares.argmax())
            answer = text("same_input.answer", label=classes[best], share=format_share(float(shares[best])))
            st.markdown(f"{sign_of(run)} **{plain(name)}**  \n{answer}")
            render_probabilities(shares, classes, style_of(run.style).color, key=f"same-bars-{run.id}")
