"""Panel of the selected layer: settings, position, and adding layers."""

from __future__ import annotations

import streamlit as st
from pydantic import ValidationError

from cnn_core.architecture import Anatomy, ArchitectureSpec, format_shape
from cnn_core.architecture.layers import LAYER_TYPES, Layer, Pooling2D
from cnn_core.errors import explain_rule, explain_validation
from ui.session.model import DesignDraft
from ui.session.state import set_widget, widget_value
from ui.shared.field_widget import render_field
from ui.text import describe, explain, text, text_or, translate_core
from ui.text.plain import plain

_EXPERT = (
    "dilation_rate",
    "depth_multiplier",
    "use_bias",
    "kernel_initializer",
    "depthwise_initializer",
    "l2",
    "momentum",
    "name",
)


def render_layer_panel(draft: DesignDraft, anatomy: Anatomy) -> None:
    layer = next((x for x in draft.design.architecture.layers if x.name == draft.selected), None)
    if layer is None:
        st.caption(text("design.pick_a_layer"))
        return
    row = next((r for r in anatomy.rows if r.name == layer.name), None)
    with st.container(border=True):
        st.markdown(f"**{plain(layer.name)}** · {layer.kind_name()}")
        if row:
            data_format = draft.design.architecture.data_format
            shapes = (format_shape(row.input_shape, data_format), format_shape(row.output_shape, data_format))
            st.caption(text("design.from_to", before=shapes[0], after=shapes[1]))
        _render_place(draft, layer)
        fields = [name for name in type(layer).model_fields if name != "kind"]
        for name in fields:
            if name not in _EXPERT:
                _render_knob(draft, layer, name)
        expert = st.expander(text("design.expert"), key=f"expert-{layer.kind_name()}", on_change="rerun")
        if expert.open:
            with expert:
                for name in fields:
                    if name in _EXPERT:
                        _render_knob(draft, layer, name)


def render_add_layer(draft: DesignDraft) -> None:
    """Buttons for the five basic layer types and a menu for the others."""
    st.caption(text("design.add"))
    with st.container(horizontal=True, gap="small"):
        for kind in _list_types(basic=True):
            st.button(
                text(f"kinds.{kind}"), key=f"add-{kind}", icon=":material/add:", on_click=_add, args=(draft, kind)
            )
        _render_more(draft)


def _render_more(draft: DesignDraft) -> None:
    """The other layer types by group; an added layer closes it."""
    kinds = _list_types(basic=False)
    groups = dict.fromkeys(LAYER_TYPES[kind].group for kind in kinds)
    with (
        st.popover(text("design.add_more"), icon=":material/add:", key=f"add-more-{draft.version}"),
        st.container(gap="xsmall"),
    ):
        for group in groups:
            st.caption(text_or(f"layer_groups.{group}", group.capitalize()))
            with st.container(horizontal=True, gap="xsmall"):
                for kind in (kind for kind in kinds if LAYER_TYPES[kind].group == group):
                    name = text_or(f"kinds.{kind}", kind)
                    st.button(plain(name), key=f"add-{kind}", help=plain(kind), on_click=_add, args=(draft, kind))


def _list_types(basic: bool) -> list[str]:
    """Names of the layer types: the basic ones, or all others."""
    return [kind for kind, layer_type in LAYER_TYPES.items() if layer_type.is_basic == basic]


def find_place(spec: ArchitectureSpec, selected: str, kind: str) -> int:
    """Behind the selected layer, but layers for images before the flattening and Dense behind it."""
    index = next((i + 1 for i, layer in enumerate(spec.layers) if layer.name == selected), 0)
    flattening = next((i for i, x in enumerate(spec.layers) if x.traits.arithmetic in ("flatten", "pooled_map")), None)
    traits = LAYER_TYPES[kind].traits
    if traits.training_only == "augmentation":
        return next(
            (i for i, x in enumerate(spec.layers) if x.traits.training_only != "augmentation"), len(spec.layers)
        )
    if flattening is not None and traits.takes == "maps":
        return min(index, flattening)
    if flattening is not None and traits.takes == "units":
        return max(index, flattening + 1)
    return index


def _add(draft: DesignDraft, kind: str) -> None:
    spec = draft.design.architecture
    place = find_place(spec, draft.selected, kind)
    changed = spec.insert_layer(place, kind, **LAYER_TYPES[kind].on_insert)
    _put(draft, changed)
    draft.selected = changed.layers[place].name


def _render_place(draft: DesignDraft, layer: Layer) -> None:
    spec = draft.design.architecture
    index = next(i for i, x in enumerate(spec.layers) if x.name == layer.name)
    last = len(spec.layers) - 1
    with st.container(horizontal=True, gap="small"):
        for name, icon, enabled, changed in (
            ("up", "arrow_upward", index > 0, lambda: spec.move_layer(layer.name, index - 1)),
            ("down", "arrow_downward", index < last, lambda: spec.move_layer(layer.name, index + 1)),
            ("duplicate", "content_copy", True, lambda: spec.duplicate_layer(layer.name)),
            ("remove", "delete", last > 0, lambda: spec.remove_layer(layer.name)),
        ):
            st.button(
                f":material/{icon}:",
                key=f"place-{name}",
                help=text(f"design.{name}"),
                disabled=not enabled,
                on_click=lambda make=changed: _put(draft, make()),
            )


def _render_knob(draft: DesignDraft, layer: Layer, name: str) -> None:
    value = getattr(layer, name)
    if isinstance(layer, Pooling2D) and name == "strides":
        value = layer.step  # empty means the pool size: show what that is
    key = f"design.{draft.version}.{layer.name}.{name}"
    render_field(type(layer), name, value, key, on_change=_turn_knob, args=(draft, layer.name, name, key))


def _turn_knob(draft: DesignDraft, layer: str, name: str, key: str) -> None:
    value = widget_value(key)
    found = next(x for x in draft.design.architecture.layers if x.name == layer)
    layer_type, before = type(found), getattr(found, name)
    try:
        changed = draft.design.architecture.replace_layer(layer, **{name: value})
    except ValidationError as error:
        set_widget(key, before)
        st.toast(_describe_refusal(layer_type, name, error, before), icon=":material/error:")
        return
    _put(draft, changed, by_knob=name != "name")
    if name == "name" and value:
        draft.selected = str(value)


def _describe_refusal(layer_type: type[Layer], name: str, error: ValidationError, before: object) -> str:
    """What is wrong with a value, and the value that stays: "Filters: should be less than … 32 stays." """
    wrong = error.errors()[0]
    if wrong["type"] == "value_error":
        return explain(explain_validation(error))
    field = translate_core(layer_type.model_fields[name].title) or name
    rule = describe(explain_rule(wrong))
    return plain(text("design.refused", field=field, rule=rule, value=before))


def _put(draft: DesignDraft, changed: ArchitectureSpec, by_knob: bool = False) -> None:
    names = [layer.name for layer in draft.design.architecture.layers]
    place = names.index(draft.selected) if draft.selected in names else 0
    draft.change(draft.design.model_copy(update={"architecture": changed}), by_knob)
    if draft.selected not in {layer.name for layer in changed.layers}:  # removed: its successor, or the last one
        draft.selected = changed.layers[min(place, len(changed.layers) - 1)].name
