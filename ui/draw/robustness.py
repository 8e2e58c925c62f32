"""Draw, Robustness: the image distorted by sliders, how sure each model stays, and the nudge that fools it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn_core.data.distortions import MOST_SHIFT, Distortion, distort
from cnn_core.evaluation.predictions import name_classes
from cnn_core.inspection import Probe
from cnn_core.inspection.robustness.distortion import Robustness, knob_range, measure_robustness
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.draw.figures import Figure, encode_picture, render_figures
from ui.draw.nudge import render_nudge
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.answer import probe_or_wait
from ui.shared.model_picker import sign_of
from ui.shared.probability_bars import format_share
from ui.text import text, translate_core, words
from ui.text.plain import plain

_KEY = "draw.robust"
_CURVES = f"{_KEY}.curves"
_SHOWN = 150  # screen pixels of the distorted image

_curves = st.components.v2.component(
    "cnn_lab_draw_robustness",
    html='<div class="robust"></div><div class="tip"></div>\n',
    css=read_asset("draw/draw_robustness.css"),
    js=read_asset("draw/draw_robustness.js"),
)


def render_robustness(runs: list[RunRecord], inputs_of: Callable[[RunRecord], np.ndarray], picture: np.ndarray) -> None:
    """Draws the tab for 1–4 runs.

    `inputs_of(run)` is the prepared input (1, …) for that run's model, and `picture` (H, W, C), 0–1, is the same
    image as a person sees it.
    """
    st.fragment(_render)(runs, inputs_of, picture)


def _render(runs: list[RunRecord], inputs_of: Callable[[RunRecord], np.ndarray], picture: np.ndarray) -> None:
    opened = [(run, probe) for run in runs if (probe := probe_or_wait(run, height=300))]
    if not opened:
        return
    for name in Distortion.model_fields:
        start_widget(_knob_key(name), Distortion.model_fields[name].default)
    distortion = Distortion(**{name: widget_value(_knob_key(name)) for name in Distortion.model_fields})
    found = [(run, measure_robustness(probe, inputs_of(run), distortion)) for run, probe in opened]
    left, right = st.columns([3, 7], gap="medium")
    with left:
        _render_now(found, distort(picture.astype(np.float32), distortion))
        _render_knobs(distortion)
    with right:
        st.markdown(f"**{text('robust.curves')}**", help=text("robust.curves_help"))
        _curves(key=_CURVES, data=_describe(found, distortion), on_picked_change=_take_picked)
        st.caption(text("robust.curves_note"))
    _render_fooling(opened, inputs_of)


def _render_fooling(opened: list[tuple[RunRecord, Probe]], inputs_of: Callable[[RunRecord], np.ndarray]) -> None:
    with st.container(border=True):
        render_nudge(opened, inputs_of, key=f"{_KEY}.nudge")


def _render_now(found: list[tuple[RunRecord, Robustness]], picture: np.ndarray) -> None:
    """The distorted image and the prediction of each model."""
    render_figures([Figure(encode_picture(picture), "", alt=text("robust.distorted"))], _SHOWN)
    for run, measured in found:
        names = words(name_classes(run.experiment.dataset, len(measured.now)))
        now = int(measured.now.argmax())
        same = now == measured.answer
        key = "robust.still" if same else "robust.changed"
        sentence = text(key, label=names[now], share=format_share(float(measured.now[now])), old=names[measured.answer])
        model = sign_of(run)
        st.markdown(
            text("robust.of_model", model=f"{model} {plain(run.name)}", said=sentence)
            if len(found) > 1
            else f"{model} {sentence}"
        )


def _render_knobs(distortion: Distortion) -> None:
    for name, field in Distortion.model_fields.items():
        low, high, step = knob_range(name)
        st.slider(
            translate_core(field.title) or name,
            low,
            high,
            step=step,
            key=remembered(_knob_key(name)),
            help=translate_core(field.description),
            persist_state="session",
        )
    st.button(
        text("robust.reset"),
        icon=":material/restart_alt:",
        key=f"{_KEY}.reset",
        disabled=distortion.is_none,
        on_click=_reset,
    )


def _reset() -> None:
    for name, field in Distortion.model_fields.items():
        set_widget(_knob_key(name), field.default)


def _take_picked() -> None:
    """A click on a curve or on the shift map moves the sliders there."""
    picked = getattr(widget_value(_CURVES), "picked", None) or {}
    for name, value in picked.items():
        if name in Distortion.model_fields:
            low, high, _ = knob_range(name)
            set_widget(_knob_key(name), type(low)(min(max(value, low), high)))


def _knob_key(name: str) -> str:
    return f"{_KEY}.{name}"


def _describe(found: list[tuple[RunRecord, Robustness]], distortion: Distortion) -> dict[str, object]:
    """What the browser is sent: a chart for each knob with a line for each model, and a map for each model."""
    charts = []
    for name, field in Distortion.model_fields.items():
        lines = [_line(run, measured, name) for run, measured in found]
        values = found[0][1].curves[name].values.tolist()
        charts.append(
            {
                "name": name,
                "title": translate_core(field.title),
                "values": values,
                "now": getattr(distortion, name),
                "lines": lines,
            }
        )
    return {
        "charts": charts,
        "maps": [_map(run, measured, len(found) > 1) for run, measured in found],
        "reach": MOST_SHIFT,
        "now": [distortion.shift_x, distortion.shift_y],
    }


def _line(run: RunRecord, measured: Robustness, name: str) -> dict[str, object]:
    curve, names = measured.curves[name], words(name_classes(run.experiment.dataset, len(measured.before)))
    style = style_of(run.style)
    return {
        "name": run.name,
        "color": style.color,
        "sign": style.sign,
        "shares": np.nan_to_num(curve.shares).round(4).tolist(),
        "answers": [names[answer] for answer in curve.answers],
        "right": (curve.answers == measured.answer).tolist(),
    }


def _map(run: RunRecord, measured: Robustness, is_named: bool) -> dict[str, object]:
    names = words(name_classes(run.experiment.dataset, len(measured.before)))
    style = style_of(run.style)
    return {
        "title": text("robust.map"),
        "name": f"{style.sign} {run.name}" if is_named else "",
        "color": style.color,
        "shares": np.nan_to_num(measured.map_shares).round(4).ravel().tolist(),
        "answers": [names[answer] for answer in measured.map_answers.ravel()],
        "right": (measured.map_answers == measured.answer).ravel().tolist(),
    }
