"""A pydantic field → the widget for it. Range, default, label and help are read from the field."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel


def render_field(model: type[BaseModel], name: str, value: Any, key: str) -> Any:
    """Draws the widget of `model.name` starting at `value`; returns what is chosen.

    The choice lasts for the session. Literals become select boxes, numbers number boxes with the field's limits.
    """
    field = model.model_fields[name]
    label, help_text = field.title or name, field.description
    if get_origin(field.annotation) is Literal:
        options = list(get_args(field.annotation))
        return st.selectbox(
            label, options, index=options.index(value), key=key, help=help_text, persist_state="session"
        )
    low, high = _limits(field.metadata)
    if isinstance(value, int):
        return st.number_input(
            label,
            min_value=int(low),
            max_value=int(high),
            value=value,
            step=1,
            key=key,
            help=help_text,
            persist_state="session",
        )
    return st.number_input(
        label,
        min_value=low,
        max_value=high,
        value=float(value),
        step=value if 0 < value < 0.1 else 0.05,
        format="%.5f" if high > 1 else "%.2f",
        key=key,
        help=help_text,
        persist_state="session",
    )


def _limits(metadata: list[Any]) -> tuple[float, float]:
    """Closed limits; an open one is moved in by a hair."""
    low, high = 0.0, 1e9
    for limit in metadata:
        if isinstance(limit, Ge):
            low = float(limit.ge)  # type: ignore[arg-type]
        elif isinstance(limit, Gt):
            low = float(limit.gt) + 1e-6  # type: ignore[arg-type]
        elif isinstance(limit, Le):
            high = float(limit.le)  # type: ignore[arg-type]
        elif isinstance(limit, Lt):
            high = float(limit.lt) - 0.01  # type: ignore[arg-type]
    return low, high
