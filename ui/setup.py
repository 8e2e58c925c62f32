"""Setting up an experiment: recipe or own design, data set, and every knob, each with its field's default."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic import ValidationError

from cnn_core.architecture import ArchitectureSpec
from cnn_core.architecture.layers import Conv2D, Dense
from cnn_core.architecture.repair import check
from cnn_core.data.catalog import DATASETS, DatasetName
from cnn_core.data.load import is_available
from cnn_core.errors import SpecError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.recipes import RECIPES, find_recipe
from cnn_core.starters import STARTERS
from cnn_core.training.config import TrainingConfig
from ui.server import get_store
from ui.state import FIRST_DESIGN, lab, set_widget, start_widget, widget_value
from ui.text import text
from ui.widgets import render_field

OWN_DESIGN = "own-design"
RECIPE_KEY = "setup.recipe"
DATASET_KEY = "setup.dataset"
_RECIPE_IDS = {recipe.id for recipe in RECIPES}
_MAIN = ("optimizer", "learning_rate", "batch_size", "epochs")
_MORE = ("loss", "input_scaling", "validation_split", "seed")


def choose_recipe(recipe_id: str) -> None:
    """Makes the Train page open with this recipe; not while its own recipe widget is on the page."""
    set_widget(RECIPE_KEY, recipe_id)


def render_setup() -> Experiment | None:
    """The seven controls and what is folded away; None after saying what can't be built."""
    recipe_id, dataset = _render_choice()
    base = _base_experiment(recipe_id).on_dataset(dataset)
    prefix = f"setup.{recipe_id}"
    if recipe_id == OWN_DESIGN:
        prefix += f".{lab().bench.design.fingerprint}"  # another design starts with its own values
    with st.container(horizontal=True, vertical_alignment="bottom"):
        changes = {name: _render_training_field(base, name, prefix) for name in _MAIN}
    tweak, more = st.columns(2)
    with tweak.expander(text("setup.tweak"), icon=":material/tune:"):
        architecture = _render_tweaks(base.architecture, prefix)
    with more.expander(text("setup.more"), icon=":material/settings:"):
        changes |= {name: _render_training_field(base, name, prefix) for name in _MORE}
    _render_chips(base, prefix)
    try:
        if architecture is None:
            return None
        check(architecture, len(DATASETS[dataset].class_names), changes["loss"])
        return base.model_copy(update={"architecture": architecture}).with_training(**changes)
    except SpecError as error:
        st.error(str(error), icon=":material/build:")
        return None


def _render_choice() -> tuple[str, DatasetName]:
    names = {recipe.id: f"{recipe.short} · {recipe.title}" for recipe in RECIPES}
    if _has_own_design():
        names = {OWN_DESIGN: text("setup.own_design"), **names}
    if widget_value(RECIPE_KEY) is None:  # only once: looking through the runs has its price
        start_widget(RECIPE_KEY, _recipe_under_way() or FIRST_DESIGN)
    if widget_value(RECIPE_KEY) not in names:  # "my design", which is none of one's own any more
        set_widget(RECIPE_KEY, FIRST_DESIGN)
    start_widget(DATASET_KEY, "mnist" if is_available("mnist") else "digits")
    left, right = st.columns(2)
    with left:
        recipe_id = st.selectbox(
            text("setup.recipe"),
            list(names),
            format_func=names.__getitem__,
            key=RECIPE_KEY,
            help=text("setup.recipe_help"),
            persist_state="session",
        )
    with right:
        options: list[DatasetName] = list(DATASETS)
        dataset = st.selectbox(
            text("setup.dataset"),
            options,
            format_func=lambda name: DATASETS[name].title,
            key=DATASET_KEY,
            help=text("setup.dataset_help"),
            persist_state="session",
        )
    return recipe_id, dataset


def _recipe_under_way() -> str | None:
    """After a reload the page opens with the recipe that is being trained, not with another one above its curves."""
    active = (run for run in get_store().list_runs().runs if run.is_active)
    return next((run.experiment.recipe for run in active if run.experiment.recipe in _RECIPE_IDS), None)


def _base_experiment(recipe_id: str) -> Experiment:
    return lab().bench.design if recipe_id == OWN_DESIGN else find_recipe(recipe_id).experiment


def _has_own_design() -> bool:
    return lab().bench.design not in STARTERS.values() or widget_value(RECIPE_KEY) == OWN_DESIGN


def _render_training_field(base: Experiment, name: str, prefix: str) -> Any:
    return render_field(TrainingConfig, name, getattr(base.training, name), key=f"{prefix}.{name}")


def _tweakable(architecture: ArchitectureSpec) -> list[tuple[Any, str]]:
    """(layer, field) of every filter, kernel and unit count; the last layer's units are the classes."""
    pairs: list[tuple[Any, str]] = []
    for layer in architecture.layers[:-1]:
        if isinstance(layer, Conv2D):
            pairs += [(layer, "filters"), (layer, "kernel_size")]
        elif isinstance(layer, Dense):
            pairs.append((layer, "units"))
    return pairs


def _render_tweaks(architecture: ArchitectureSpec, prefix: str) -> ArchitectureSpec | None:
    changes: dict[str, dict[str, Any]] = {}
    with st.grid(2, min_column_width=110, gap="small"):
        for layer, field in _tweakable(architecture):
            with st.container():
                st.caption(layer.name)
                value = render_field(type(layer), field, getattr(layer, field), key=f"{prefix}.{layer.name}.{field}")
            changes.setdefault(layer.name, {})[field] = value
    try:
        for name, values in changes.items():
            architecture = architecture.replace_layer(name, **values)
    except ValidationError as error:
        st.error(explain_validation(error))
        return None
    return architecture


def _render_chips(base: Experiment, prefix: str) -> None:
    """What is folded away and differs from the recipe, each with a way back."""
    hidden = [(f"{prefix}.{name}", name, getattr(base.training, name)) for name in _MORE]
    hidden += [
        (f"{prefix}.{layer.name}.{field}", f"{layer.name} {field}", getattr(layer, field))
        for layer, field in _tweakable(base.architecture)
    ]
    changed = [
        (key, name, default) for key, name, default in hidden if widget_value(key, default) not in (default, None)
    ]
    if not changed:
        return
    with st.container(horizontal=True):
        for key, name, default in changed:
            st.button(
                text("setup.chip", name=name, value=widget_value(key), default=default),
                key=f"chip-{key}",
                icon=":material/close:",
                help=text("setup.chip_help"),
                on_click=set_widget,
                args=(key, default),
            )
