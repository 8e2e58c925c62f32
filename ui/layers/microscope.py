"""Overview tab: all layers, and the arithmetic behind the selected cell."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.inspection.microscope.explain import Explanation, explain
from cnn_core.inspection.model.graph import Cell, OpenLayer, Values, collect_values, open_probe, strongest_cell
from cnn_core.palette import SIGNED
from ui.components import read_asset
from ui.layers.moments import FINAL, Moment, probe_at
from ui.layers.overview import picked_cell, render_overview
from ui.layers.step import render_step
from ui.layers.subject import Subject
from ui.text import text

_microscope = st.components.v2.component(
    "cnn_lab_microscope",
    html='<div class="microscope" aria-live="polite"></div>\n',
    css=read_asset("layers/microscope.css"),
    js=read_asset("layers/microscope.js"),
)

_STAGES = (
    "windows",
    "terms",
    "bias",
    "activation",
    "softmax",
    "normalize",
    "maximum",
    "mean",
    "sum",
    "same",
)
_WORDS = (
    "window",
    "rest",
    "show_all",
    "bias",
    "others",
    "from",
    "value",
    "weight",
    "product",
    "unit",
    "share",
    "given",
    "copied",
    "agrees",
    "differs",
)


def render_inside_one(subject: Subject) -> None:
    with subject.opened() as probe:
        layers = open_probe(probe)
    values = collect_values(layers, subject.outputs, subject.inputs)
    picked = _find_cell(subject, layers, values)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        render_overview(subject, layers, values, picked)
    with right, st.container(key="layers-arithmetic"):
        explanation = explain(layers, values, *picked)
        _render_arithmetic(subject, explanation)
        render_step(subject, explanation)


def _find_cell(subject: Subject, layers: Sequence[OpenLayer], values: Values) -> tuple[str, Cell]:
    """What was picked; at first the strongest cell of the second convolution, else of what there is.

    Strongest in the trained network: at every moment of the training the same cell is explained.
    """
    picked = picked_cell(subject)
    if picked and picked[0] in values and len(picked[1]) == values[picked[0]].ndim:
        return picked
    convolutions = [layer.name for layer in layers if layer.traits.has_kernel]
    name = (convolutions[1:2] or convolutions[:1] or [layers[-1].name])[0]
    final = Moment(FINAL)
    if subject.moment == final:
        return name, strongest_cell(values[name])
    return name, _strongest_at_end(subject.run.id, final.changed(subject.run), subject.source, name, subject)


@st.cache_data(max_entries=256, show_spinner=False)
def _strongest_at_end(run_id: str, changed: int, source: str, layer: str, _subject: Subject) -> Cell:
    with probe_at(_subject.run, Moment(FINAL)) as probe:
        values = collect_values(open_probe(probe), probe.inspect(_subject.inputs), _subject.inputs)
    return strongest_cell(values[layer])


def _render_arithmetic(subject: Subject, explanation: Explanation) -> None:
    data = {
        "title": _title(subject, explanation),
        "explanation": explanation.to_dict(),
        "colors": SIGNED,
        "names": subject.class_names,
        "words": {
            **{key: text(f"microscope.{key}") for key in _WORDS},
            "percent": text("formats.share", percent="{percent}"),
            "stages": {stage: text(f"microscope.stage_{stage}") for stage in _STAGES},
        },
    }
    _microscope(key="layers.microscope", data=data)


def _title(subject: Subject, explanation: Explanation) -> str:
    if len(explanation.cell) == 1:
        unit, layer = explanation.cell[0], explanation.layer
        if layer == subject.outputs[-1].name and len(subject.probabilities) == len(subject.class_names):
            return text("microscope.title_class", layer=layer, label=subject.class_names[unit], unit=unit + 1)
        return text("microscope.title_unit", layer=layer, unit=unit + 1)
    row, column, channel = (number + 1 for number in explanation.cell)
    return text("microscope.title_cell", layer=explanation.layer, row=row, column=column, channel=channel)
