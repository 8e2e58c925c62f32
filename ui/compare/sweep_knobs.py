"""Widgets for the parameters of a sweep and their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import streamlit as st
from pydantic import ValidationError

from cnn_core.errors import explain_validation
from cnn_core.experiment import Experiment
from cnn_core.figures.sweep import format_value
from cnn_core.sweeps import Knob, KnobInfo, list_knobs, suggest_knob, suggest_values
from cnn_core.sweeps.knobs import Group
from cnn_core.sweeps.spec import Method
from ui.session.state import remembered, start_widget
from ui.text import describe, text, translate_core
from ui.text.plain import plain

_GROUPS: tuple[Group, ...] = get_args(Group)
_NUMBER_WIDTH = 130


def name_knob(info: KnobInfo) -> KnobInfo:
    """The same knob with its words in the reader's language."""
    return replace(info, title=translate_core(info.title), description=translate_core(info.description))


def render_knobs(base: Experiment, method: Method, prefix: str) -> list[Knob] | None:
    """The chosen knobs with their values; None after saying what is wrong with them."""
    infos = {info.path: info for info in list_knobs(base)}
    chosen = _pick(list(infos.values()), prefix)
    if not chosen:
        st.info(text("sweep.no_knobs"), icon=":material/tune:")
        return None
    knobs = []
    for path in chosen:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            knobs.append(_render_knob(infos[path], method, f"{prefix}.{method == 'grid'}.{path}"))
    return None if None in knobs else [knob for knob in knobs if knob]


def _pick(infos: Sequence[KnobInfo], prefix: str) -> list[str]:
    paths: list[str] = []
    for group, column in zip(_GROUPS, st.columns(len(_GROUPS)), strict=True):
        options = {info.path: name_knob(info).label for info in infos if info.group == group}
        key = f"{prefix}.{group}"
        start_widget(key, _first(list(options)))
        with column:
            paths += st.multiselect(
                text(f"sweep.knobs_{group}"),
                list(options),
                format_func=options.__getitem__,
                key=remembered(key),
                persist_state="session",
                placeholder=text("sweep.pick"),
                help=text("sweep.knobs_help"),
            )
    return paths


def _first(paths: Sequence[str]) -> list[str]:
    """What matters most as a rule: the learning rate, and how many filters or units there are first."""
    rate = [path for path in paths if path.endswith(".learning_rate")]
    return (rate or [path for path in paths if path.endswith((".filters", ".units"))])[:1]


def _render_knob(info: KnobInfo, method: Method, key: str) -> Knob | None:
    now = text("sweep.now", value=plain(format_value(info.value)))
    st.markdown(f"**{plain(name_knob(info).label)}**  \n:small[{now}]", width=190)
    try:
        if info.options:
            return _render_choices(info, key)
        return _render_values(info, key) if method == "grid" else _render_range(info, key)
    except ValidationError as error:
        refusal = plain(describe(explain_validation(error)).removeprefix(info.path).lstrip(":： "))
        st.error(refusal, icon=":material/build:")
        return None


def _render_choices(info: KnobInfo, key: str) -> Knob | None:
    start_widget(key, list(suggest_knob(info).choices))
    choices = st.multiselect(
        text("sweep.choices"),
        info.options,
        format_func=format_value,
        key=remembered(key),
        persist_state="session",
        width=420,
    )
    if not choices:
        st.error(text("sweep.no_choice"), icon=":material/build:")
        return None
    return Knob(path=info.path, choices=tuple(choices))


def _render_values(info: KnobInfo, key: str) -> Knob | None:
    """Numbers of a grid, written one after another."""
    start_widget(key, ", ".join(format_value(value) for value in suggest_values(info)))
    written = st.text_input(text("sweep.values"), key=remembered(key), persist_state="session", width=280)
    try:
        numbers = [float(part) for part in written.replace(";", ",").split(",") if part.strip()]
    except ValueError:
        numbers = []
    if not numbers or (info.whole and any(number != int(number) for number in numbers)):
        st.error(text("sweep.no_whole_numbers" if info.whole else "sweep.no_numbers"), icon=":material/build:")
        return None
    return Knob(path=info.path, choices=tuple(int(n) if info.whole else n for n in dict.fromkeys(numbers)))


def _render_range(info: KnobInfo, key: str) -> Knob:
    suggested = suggest_knob(info)
    fields = Knob.model_fields
    ends = {}
    for end in ("low", "high"):
        value = getattr(suggested, end)
        start_widget(f"{key}.{end}", int(value) if info.whole else float(value))
        ends[end] = st.number_input(
            translate_core(fields[end].title) or end,
            key=remembered(f"{key}.{end}"),
            persist_state="session",
            width=_NUMBER_WIDTH,
            **({"step": 1} if info.whole else {"step": _step(value), "format": "%.6g"}),
        )
    start_widget(f"{key}.log", suggested.log)
    log = fields["log"]
    is_log = st.toggle(
        translate_core(log.title),
        help=translate_core(log.description),
        key=remembered(f"{key}.log"),
        persist_state="session",
    )
    return Knob(path=info.path, log=is_log, **ends)


def _step(value: float) -> float:
    """What a click on + or − changes."""
    return float(abs(value)) if 0 < abs(value) < 0.1 else 0.05
