"""Draw, Robustness: adversarial examples."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import numpy as np
import streamlit as st

from cnn_core.errors import CnnLabError
from cnn_core.evaluation.predictions import name_classes
from cnn_core.experiment.preprocess import to_picture
from cnn_core.inspection import Probe
from cnn_core.inspection.robustness.adversarial import LARGEST, AdversarialExample, Method, find_adversarial_example
from cnn_core.runs.store import RunRecord
from ui.draw.figures import Figure, encode_difference, encode_picture, render_figures
from ui.session.state import set_widget, widget_value
from ui.shared.formats import format_percent
from ui.shared.model_picker import sign_of
from ui.shared.probability_bars import format_share
from ui.text import explain, text, words

_METHODS: tuple[Method, ...] = ("pgd", "fgsm")
_ANY = -1  # in the place of a class
_SIDE = 150  # screen pixels


def render_nudge(opened: list[tuple[RunRecord, Probe]], inputs_of: Callable[[RunRecord], np.ndarray], key: str) -> None:
    """The choices, a button, and before, difference and after for the choices that the button was pressed for."""
    st.markdown(f"#### {text('robust.nudge')}")
    st.caption(text("robust.nudge_what"))
    run, probe = _choose_model(opened, key)
    inputs = inputs_of(run)
    answer = int(probe.predict_inputs(inputs)[0].argmax())
    names = words(name_classes(run.experiment.dataset, int(probe.model.output_shape[-1])))
    method, target = _choose_goal(names, answer, key)
    wanted = (run.id, run.folder.model_path.stat().st_mtime_ns, sha256(inputs.tobytes()).hexdigest(), method, target)
    st.button(
        text("robust.find"),
        icon=":material/search:",
        type="primary",
        key=f"{key}.find",
        on_click=set_widget,
        args=(f"{key}.asked", wanted),
    )
    if widget_value(f"{key}.asked") != wanted:
        return
    try:
        with st.spinner(text("robust.finding")):
            nudge = _find(wanted, probe, inputs)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    if nudge is None:
        st.info(text("robust.none_found", percent=f"{LARGEST:.0%}"), icon=":material/shield:")
        return
    _render_found(nudge, to_picture(inputs, run.experiment), names)


def _choose_model(opened: list[tuple[RunRecord, Probe]], key: str) -> tuple[RunRecord, Probe]:
    if len(opened) == 1:
        return opened[0]
    place: int = st.segmented_control(
        text("robust.model"),
        range(len(opened)),
        format_func=lambda i: f"{sign_of(opened[i][0])} {opened[i][0].name}",
        default=0,
        required=True,
        key=f"{key}.model-{len(opened)}",
    )
    return opened[place or 0]


def _choose_goal(names: tuple[str, ...], answer: int, key: str) -> tuple[Method, int | None]:
    """The method, and the class that the answer is to become; None for any other."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target: int = st.selectbox(
            text("robust.target"),
            [_ANY, *(index for index in range(len(names)) if index != answer)],
            format_func=lambda index: text("robust.any") if index == _ANY else names[index],
            key=f"{key}.target-{answer}",
            width=200,
            help=text("robust.target_help"),
        )
        method = st.segmented_control(
            text("robust.method"),
            _METHODS,
            format_func=lambda name: text(f"robust.{name}"),
            default="pgd",
            required=True,
            key=f"{key}.method",
            help=text("robust.method_help"),
        )
    return method or "pgd", None if target == _ANY else target


@st.cache_data(max_entries=32, show_spinner=False)
def _find(
    wanted: tuple[str, int, str, Method, int | None], _probe: Probe, _inputs: np.ndarray
) -> AdversarialExample | None:
    """`wanted` is the cache key of model, image, method and target. Raises `ModelError`."""
    return find_adversarial_example(_probe, _inputs, wanted[3], wanted[4])


def _render_found(nudge: AdversarialExample, original: np.ndarray, names: tuple[str, ...]) -> None:
    old, new = names[nudge.old_answer], names[nudge.new_answer]
    times = 1 / nudge.epsilon
    st.markdown(
        text(
            "robust.found", old=old, new=new, percent=format_percent(nudge.epsilon), levels=f"{255 * nudge.epsilon:.0f}"
        )
    )
    figures = [
        Figure(encode_picture(original), _say(old, nudge.before), text("robust.before")),
        Figure(
            encode_difference(nudge.difference, nudge.epsilon),
            text("robust.amplified", times=f"{times:.0f}" if times >= 2 else f"{times:.1f}"),
            text("robust.difference"),
        ),
        Figure(encode_picture(nudge.picture), _say(new, nudge.after), text("robust.after")),
    ]
    render_figures(figures, _SIDE)
    st.caption(text("robust.colours", percent=format_percent(nudge.epsilon)))
    st.caption(text("robust.why"))


def _say(label: str, probabilities: np.ndarray) -> str:
    return f"{label} · {format_share(float(probabilities.max()))}"
