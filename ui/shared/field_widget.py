"""A pydantic field → the widget for it. Range, default, label and help are read from the field."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from ui.session.state import remembered, start_widget, widget_value
from ui.text import translate_core

_SLIDER_AT_MOST = 64  # steps; a longer range is typed


def render_field(
    model: type[BaseModel],
    name: str,
    value: Any,
    key: str,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
    note: str = "",
) -> Any:
    """Draws the widget of `model.name` starting at `value`; returns what is chosen. `note` is added to its help.

    The choice lasts for the session. Literals become select boxes, yes or no a toggle, short ranges a slider, other
    numbers number boxes, several kinds of one thing a select box and below it the chosen kind's knobs. A box takes any
    number, and the field's own check says what is wrong with it: a browser would keep a number outside the limits to
    itself, and the former one would silently stay in force.
    """
    field = model.model_fields[name]
    if field.discriminator:
        kind = render_kind(model, name, value, key, on_change, args)
        return {"kind": kind} | render_knobs(model, name, value, key)
    start_widget(key, float(value) if field.annotation is float else value)
    common: dict[str, Any] = {
        "label": translate_core(field.title) or name,
        "key": remembered(key),
        "help": f"{translate_core(field.description)} {note}".strip() or None,
        "persist_state": "session",
        "on_change": on_change,
        "args": args,
    }
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(options=options, **common)
    if field.annotation is bool:
        return st.toggle(**common)
    if field.annotation is str:
        return st.text_input(**common)
    low, high = _limits(field.metadata)
    if isinstance(value, int):
        if high <= _SLIDER_AT_MOST:
            return st.slider(min_value=int(low), max_value=int(high), step=1, **common)
        return st.number_input(step=1, **common)
    return st.number_input(step=_step(value, high), format="%.6g", **common)


def kinds_of(model: type[BaseModel], name: str) -> dict[str, type[BaseModel]]:
    """The kinds that a field with a discriminator `kind` can be, by name; none for another field."""
    field = model.model_fields[name]
    return {kind.model_fields["kind"].default: kind for kind in get_args(field.annotation) if field.discriminator}


def knobs_of(kind: type[BaseModel]) -> list[str]:
    return [name for name in kind.model_fields if name != "kind"]


def render_kind(
    model: type[BaseModel],
    name: str,
    value: BaseModel,
    key: str,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> str:
    """The select box alone: the name of the chosen kind."""
    field = model.model_fields[name]
    start_widget(key, value.kind)  # type: ignore[attr-defined]
    kind: str = st.selectbox(
        translate_core(field.title) or name,
        list(kinds_of(model, name)),
        format_func=title_of,
        key=remembered(key),
        help=translate_core(field.description) or None,
        persist_state="session",
        on_change=on_change,
        args=args,
    )
    return kind


def render_knobs(model: type[BaseModel], name: str, value: BaseModel, key: str) -> dict[str, Any]:
    """The knobs of the kind that is chosen under `key`; each kind keeps its own while another one is chosen."""
    chosen = widget_value(key)
    kind = kinds_of(model, name)[chosen]
    return {
        knob: render_field(kind, knob, start_of(kind, knob, value), f"{key}.{chosen}.{knob}") for knob in knobs_of(kind)
    }


def start_of(kind: type[BaseModel], knob: str, value: BaseModel) -> Any:
    """Where a knob starts: at `value` if that is of this kind, else at the kind's own default."""
    return getattr(value, knob) if isinstance(value, kind) else kind.model_fields[knob].default


def title_of(name: str) -> str:
    """ "one_cycle" → "One cycle"; names with capitals of their own stay as they are."""
    return translate_core(f"{name[:1].upper()}{name[1:]}".replace("_", " "))


def _step(value: float, high: float) -> float:
    """What a click on + or − changes: finer where the value stands close to the end of its range."""
    if high > 10:
        return 1.0
    if 0 < value < 0.1:
        return value
    return round(1 - value, 6) if high == 1 and 0.9 < value < 1 else 0.05


def _limits(metadata: list[Any]) -> tuple[float, float]:
    """The lowest and the highest value, open or closed; 0 and no end where the field does not say."""
    low, high = 0.0, inf
    for limit in metadata:
        if isinstance(limit, (Ge, Gt)):
            low = float(limit.ge if isinstance(limit, Ge) else limit.gt)  # type: ignore[arg-type]
        elif isinstance(limit, (Le, Lt)):
            high = float(limit.le if isinstance(limit, Le) else limit.lt)  # type: ignore[arg-type]
    return low, high
