"""A pydantic field → the widget for it. Range, default, label and help are read from the field."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from ui.state import start_widget

_SLIDER_AT_MOST = 64  # steps; a longer range is typed


def render_field(
    model: type[BaseModel],
    name: str,
    value: Any,
    key: str,
    on_change: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> Any:
    """Draws the widget of `model.name` starting at `value`; returns what is chosen.

    The choice lasts for the session. Literals become select boxes, yes or no a toggle, short ranges a slider, other
    numbers number boxes. A box takes any number, and the field's own check says what is wrong with it: a browser would
    keep a number outside the limits to itself, and the former one would silently stay in force.
    """
    field = model.model_fields[name]
    start_widget(key, float(value) if field.annotation is float else value)
    common: dict[str, Any] = {
        "label": field.title or name,
        "key": key,
        "help": field.description,
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
    return st.number_input(
        step=value if 0 < value < 0.1 else 0.05,
        format="%.5f" if high > 1 else "%.3f",
        **common,
    )


def _limits(metadata: list[Any]) -> tuple[float, float]:
    """The lowest and the highest value, open or closed; 0 and no end where the field does not say."""
    low, high = 0.0, inf
    for limit in metadata:
        if isinstance(limit, (Ge, Gt)):
            low = float(limit.ge if isinstance(limit, Ge) else limit.gt)  # type: ignore[arg-type]
        elif isinstance(limit, (Le, Lt)):
            high = float(limit.le if isinstance(limit, Le) else limit.lt)  # type: ignore[arg-type]
    return low, high
