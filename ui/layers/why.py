"""Layers, Why: attribution maps of five methods with their limits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from pydantic import ValidationError

from cnn_core.errors import CnnLabError, explain_validation
from cnn_core.evaluation.predictions import name_classes
from cnn_core.inspection.attribution import explanation as explaining
from cnn_core.inspection.attribution.explanation import Explanation
from cnn_core.inspection.attribution.methods import ATTRIBUTIONS, GradCam, build_methods
from ui.layers.subject import Subject
from ui.layers.why_cards import render_cards
from ui.session.state import remembered, start_widget
from ui.shared.field_widget import render_field
from ui.shared.probability_bars import format_share
from ui.text import explain, text, words

_ANSWER = -1  # the class that the network itself names, whichever that is
_LAST = ""  # the last convolution, whichever that is
_KEY = "layers.why"


def render_why(subject: Subject) -> None:
    """Draws the tab; a choice made in it redraws nothing else."""
    st.fragment(_render)(subject)


def _render(subject: Subject) -> None:
    if not np.isfinite(subject.probabilities).all():
        st.warning(text("why.not_numbers"), icon=":material/error:")
        return
    names = words(name_classes(subject.run.experiment.dataset, len(subject.probabilities)))
    target = _choose_class(subject, names)
    above = st.container()
    try:
        settings = _render_settings(subject)
        with above:
            explanation = _explain(subject.key, target, json.dumps(settings), subject)
            _render_sentence(subject, explanation, target, names)
            render_cards(subject.picture, explanation, names[target], key=f"{_KEY}.cards")
    except CnnLabError as error:
        above.error(explain(error), icon=":material/error:")


def _choose_class(subject: Subject, names: Sequence[str]) -> int:
    start_widget(f"{_KEY}.class", _ANSWER)
    chosen = st.segmented_control(
        text("why.class"),
        [_ANSWER, *range(len(names))],
        format_func=lambda index: text("why.its_answer") if index == _ANSWER else names[index],
        key=remembered(f"{_KEY}.class"),
        help=text("why.class_help"),
        required=True,
        persist_state="session",
    )
    if chosen is None or not 0 <= chosen < len(names):
        return int(np.argmax(subject.probabilities))
    return int(chosen)


def _render_sentence(subject: Subject, explanation: Explanation, target: int, names: Sequence[str]) -> None:
    share, best = float(subject.probabilities[target]), int(np.argmax(subject.probabilities))
    if best == target:
        st.markdown(text("why.about_answer", label=names[target], share=format_share(share)))
    else:
        st.markdown(text("why.about_other", label=names[target], share=format_share(share), answer=names[best]))
    score, legend = f"{explanation.score:.2f}", text("why.legend")
    if explanation.is_logit:
        st.caption(text("why.logit", score=score, legend=legend), help=text("why.logit_help"))
    else:
        st.caption(text("why.output", score=score, legend=legend))


def _render_settings(subject: Subject) -> dict[str, Any]:
    """Widgets for the parameters of all methods, below the maps; returns the values. Raises `SpecError`."""
    settings: dict[str, Any] = {}
    with st.expander(text("why.settings"), icon=":material/tune:"):
        columns = st.columns(2, gap="large")
        for index, method in enumerate(m for m in ATTRIBUTIONS.values() if m.model_fields):
            with columns[index % 2]:
                for name, field in method.model_fields.items():
                    if method is GradCam:
                        settings[name] = _choose_layer(subject)
                    else:
                        settings[name] = render_field(method, name, field.default, f"{_KEY}.{name}")
    try:
        build_methods(settings)
    except ValidationError as error:
        raise explain_validation(error) from error
    return settings


def _choose_layer(subject: Subject) -> str:
    layers = [output.name for output in subject.outputs if output.is_map]
    if not layers:
        return _LAST
    layer: str | None = st.selectbox(
        text("why.layer"),
        [_LAST, *layers],
        format_func=lambda name: name or text("why.last_convolution"),
        key=remembered(f"{_KEY}.layer-{subject.run.id}"),
        help=text("why.layer_help"),
        persist_state="session",
    )
    return layer or _LAST


@st.cache_data(max_entries=128, show_spinner=False)
def _explain(key: str, target: int, settings: str, _subject: Subject) -> Explanation:
    """The explanation of `_subject`, whose key is `key`, with the settings as JSON. Raises `ModelError`."""
    with _subject.opened() as probe:
        return explaining.explain(probe, _subject.inputs, target, json.loads(settings))
