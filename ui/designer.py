"""Design, first form: a recipe's layers with their shapes and parameters, filters and kernels to change."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import ValidationError

from cnn_core.architecture import ArchitectureSpec, LayerAnatomy, LayerSpec, compute_anatomy, format_shape
from cnn_core.errors import SpecError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.recipes import RECIPES, find_recipe
from ui.navigation import go_to
from ui.setup import FIRST_RECIPE, OWN_DESIGN, choose_recipe
from ui.state import lab
from ui.text import text
from ui.widgets import render_field


def render_designer() -> None:
    _render_start()
    design = lab().design or find_recipe(FIRST_RECIPE).experiment
    architecture = design.architecture
    try:
        rows = list(compute_anatomy(architecture).rows)
    except SpecError as error:
        st.error(str(error), icon=":material/build:")
        rows = []
    _render_totals(design, rows)
    for index, layer in enumerate(architecture.layers):
        _render_layer(architecture, layer, rows[index] if rows else None)
    if st.button(text("design.train"), type="primary", icon=":material/play_arrow:", disabled=not rows):
        lab().design = design
        choose_recipe(OWN_DESIGN)
        go_to("train")


def _render_start() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        recipe_id = st.selectbox(
            text("design.start_from"),
            [recipe.id for recipe in RECIPES],
            index=[recipe.id for recipe in RECIPES].index(FIRST_RECIPE),
            format_func=lambda i: f"{find_recipe(i).short} · {find_recipe(i).title}",
            key="design.recipe",
            persist_state="session",
        )
        if st.button(text("design.load"), icon=":material/restart_alt:", help=text("design.load_help")):
            _change(find_recipe(recipe_id).experiment)
        if st.button(text("design.undo"), icon=":material/undo:", disabled=not lab().undo):
            _step(lab().undo, lab().redo)
        if st.button(text("design.redo"), icon=":material/redo:", disabled=not lab().redo):
            _step(lab().redo, lab().undo)


def _render_totals(design: Experiment, rows: list[LayerAnatomy]) -> None:
    origin = find_recipe(design.recipe or FIRST_RECIPE)
    before = compute_anatomy(origin.experiment.architecture).parameters
    total = sum(row.parameters for row in rows)
    with st.grid(3, min_column_width=150):
        st.metric(
            text("design.parameters"),
            f"{total:,}" if rows else "–",
            delta=f"{total - before:+,}" if rows and total != before else None,
            delta_color="off",
            help=text("glossary.parameters"),
        )
        st.metric(text("design.layers"), len(design.architecture.layers))
        st.metric(text("design.input"), format_shape(design.architecture.input_shape, design.architecture.data_format))


def _render_layer(architecture: ArchitectureSpec, layer: LayerSpec, row: LayerAnatomy | None) -> None:
    fields = [name for name in ("filters", "kernel_size", "pool_size", "units", "padding") if hasattr(layer, name)]
    if layer is architecture.layers[-1]:
        fields = []  # as many units as classes
    with st.container(border=True):
        name, *cells = st.columns([3, 2, 2, 2], vertical_alignment="center")
        with name:
            st.markdown(f"**{layer.name}** · {layer.kind}")
            if row:
                shape = format_shape(row.output_shape, architecture.data_format)
                st.caption(text("design.row", shape=shape, arithmetic=row.arithmetic or text("design.no_parameters")))
        changes: dict[str, Any] = {}
        for cell, field in zip(cells, fields, strict=False):
            with cell:
                current = getattr(layer, field)
                key = f"design.{lab().design_version}.{layer.name}.{field}"
                value = render_field(type(layer), field, current, key=key)
                if value != current:
                    changes[field] = value
        if changes:
            _replace(architecture, layer.name, changes)


def _replace(architecture: ArchitectureSpec, name: str, changes: dict[str, Any]) -> None:
    design = lab().design or find_recipe(FIRST_RECIPE).experiment
    try:
        changed = architecture.replace_layer(name, **changes)
    except ValidationError as error:
        st.error(explain_validation(error))
        return
    _change(design.model_copy(update={"architecture": changed, "name": text("design.name", recipe=design.name)}))


def _change(design: Experiment) -> None:
    state = lab()
    state.undo = [*state.undo, state.design or find_recipe(FIRST_RECIPE).experiment][-50:]
    state.redo, state.design = [], design
    state.design_version += 1
    st.rerun()


def _step(source: list[Experiment], target: list[Experiment]) -> None:
    state = lab()
    target.append(state.design or find_recipe(FIRST_RECIPE).experiment)
    state.design = source.pop()
    state.design_version += 1
    st.rerun()
