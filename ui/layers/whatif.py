"""Filter ablation: prediction and test accuracy before and after."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import streamlit as st

from cnn_core.evaluation.predictions import name_classes
from cnn_core.inspection.filters.ablation import measure_accuracy, predict_without
from cnn_core.inspection.model.walk import Progress
from cnn_core.palette import style_of
from ui.layers.filters_shown import (
    OffFilters,
    by_layer,
    moment_stamp,
    off_filters,
    read_test_inputs,
    remember,
    switch,
    switch_all_on,
)
from ui.layers.subject import Subject
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import cached_dataset
from ui.shared.model_picker import format_accuracy
from ui.shared.probability_bars import format_share, render_probabilities
from ui.text import text, words

QUICK = 1_000  # test images that are asked at once
_CHIPS = 24


def render_whatif(subject: Subject) -> None:
    st.subheader(text("filters.whatif"), help=text("filters.whatif_help"))
    off = off_filters(subject.run)
    if not off:
        st.caption(text("filters.all_are_on"))
        return
    _render_chips(subject, off)
    after = _answer_without(subject, off)
    left, right = st.columns(2, gap="large")
    with left:
        _render_answer(subject, subject.probabilities, "before")
    with right:
        _render_answer(subject, after, "after")
    _render_accuracies(subject, off)


def _render_chips(subject: Subject, off: OffFilters) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for layer, number in sorted(off)[:_CHIPS]:
            st.button(
                text("filters.chip", layer=layer, number=number + 1),
                icon=":material/close:",
                key=f"filters.chip.{layer}.{number}",
                help=text("filters.chip_help"),
                on_click=switch,
                args=(subject.run, layer, number),
            )
        if len(off) > _CHIPS:
            st.caption(text("filters.more_off", count=len(off) - _CHIPS))
        st.button(
            text("filters.all_on"),
            icon=":material/restart_alt:",
            type="primary",
            on_click=switch_all_on,
            args=(subject.run,),
        )


def render_answer_now(subject: Subject) -> None:
    """Prediction with the current ablation, as one line next to the switch."""
    off = off_filters(subject.run)
    if off:
        st.caption(text("filters.now_says", now=_say(subject, _answer_without(subject, off))))


def _answer_without(subject: Subject, off: OffFilters) -> np.ndarray:
    with subject.opened() as probe:
        return predict_without(probe, subject.inputs, by_layer(off))[0]


def _render_answer(subject: Subject, outputs: np.ndarray, when: str) -> None:
    st.markdown(f"{text(f'filters.{when}')} **{_say(subject, outputs)}**")
    shares = np.clip(np.nan_to_num(outputs), 0, 1)
    names = words(name_classes(subject.run.experiment.dataset, len(outputs)))
    render_probabilities(shares, names, style_of(subject.run.style).color, key=f"filters.bars.{when}")


def _say(subject: Subject, outputs: np.ndarray) -> str:
    outputs = np.nan_to_num(outputs)
    best = int(np.argmax(outputs))
    is_share = outputs.min() >= 0 and abs(float(outputs.sum()) - 1) < 1e-3  # a network may end without softmax
    value = format_share(float(outputs[best])) if is_share else f"{outputs[best]:.3g}"
    label = words(name_classes(subject.run.experiment.dataset, len(outputs)))[best]
    return text("filters.says", label=label, share=value)


def _render_accuracies(subject: Subject, off: OffFilters) -> None:
    given = read_test_inputs(subject, QUICK)
    if given is None:
        st.caption(text("filters.needs_images"))
        return
    count = len(given[0])
    total = len(cached_dataset(subject.run.experiment.dataset).x_test)
    asked_key = f"filters.all_images.{subject.run.id}"
    asked = (moment_stamp(subject), off)
    if widget_value(asked_key) == asked:
        count = total
    before, after = (_accuracy(subject, filters, count) for filters in (frozenset(), off))
    left, right = st.columns(2, gap="large")
    label = text("filters.accuracy", count=f"{count:,}")
    left.metric(label, format_accuracy(before))
    change = text("filters.points", change=f"{(after - before) * 100:+.2f}")
    right.metric(label, format_accuracy(after), change, delta_color="normal" if after != before else "off")
    if count < total:
        st.button(
            text("filters.ask_all", count=f"{total:,}"),
            icon=":material/done_all:",
            on_click=set_widget,
            args=(asked_key, asked),
        )


def _accuracy(subject: Subject, off: OffFilters, count: int) -> float:
    key: tuple[Hashable, ...] = ("accuracy", *moment_stamp(subject), off, count)

    def compute(progress: Progress) -> float:
        given = read_test_inputs(subject, count)
        if given is None:
            return float("nan")
        with subject.opened() as probe:
            return measure_accuracy(probe, *given, by_layer(off), progress)

    return remember(key, text("filters.asking", count=f"{count:,}"), compute)
