"""Setting up a sweep: base, knobs, how to search, and how many runs that makes."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st
from pydantic import ValidationError

from cnn_core.data.datasets.catalog import DATASETS, DatasetName, choose_dataset
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError, SpecError, explain_validation
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES, find_recipe
from cnn_core.sweeps import INSTALL, Base, Pruning, SweepSpec, build_space, count_refused, has_optuna
from cnn_core.sweeps.record import count_runs
from cnn_core.sweeps.spec import Method
from ui.compare.sweep_knobs import render_knobs
from ui.server.resources import get_sweeps
from ui.session.state import remembered, session, set_widget, start_widget
from ui.shared.datasets import render_dataset_offer
from ui.shared.estimates import describe_time
from ui.shared.expanders import remembered_expander
from ui.shared.field_widget import render_field
from ui.text import explain, join_sentences, text, translate_core

SHOWN = "sweep.shown"
_OWN, _FIRST = "own-design", "two-conv-no-pooling"
_DATASET = "sweep.dataset"
_TRIED_BEFORE = 300  # combinations of a grid that are checked while it is set up


def render_new_sweep(is_first: bool) -> None:
    if is_first:
        st.info(text("sweep.empty"), icon=":material/manage_search:")
    base, prefix = _render_base()
    method = _render_method()
    knobs = render_knobs(base, method, prefix)
    fields = _render_fields(base, method)
    if not is_available(base.dataset):
        render_dataset_offer(base.dataset, _DATASET)
        return
    spec = _build(base, {"method": method, "knobs": knobs, **fields}) if knobs else None
    if spec is not None:
        _render_plan(spec, base)
    disabled = spec is None or (method == "bayesian" and not has_optuna())
    st.button(
        text("sweep.start"),
        type="primary",
        icon=":material/play_arrow:",
        key="sweep.start",
        disabled=disabled,
        on_click=_start,
        args=(spec,),
    )


def _start(spec: SweepSpec) -> None:
    """A callback; an error stays on the page."""
    try:
        set_widget(SHOWN, get_sweeps().start(spec, session().owner).id)
    except CnnLabError as error:
        st.toast(explain(error), icon=":material/error:", duration="long")


def _render_base() -> tuple[Experiment, str]:
    """The experiment to begin with, and a prefix for the widgets that belong to it."""
    design = session().draft.design
    names = {_OWN: text("sweep.own_design", name=design.architecture.name)}
    names |= {recipe.id: f"{recipe.short} · {translate_core(recipe.title)}" for recipe in RECIPES}
    datasets: list[DatasetName] = list(DATASETS)
    start_widget("sweep.base", _FIRST)
    start_widget(_DATASET, choose_dataset())
    left, right = st.columns(2)
    chosen = left.selectbox(
        text("sweep.base"),
        list(names),
        format_func=names.__getitem__,
        key=remembered("sweep.base"),
        persist_state="session",
    )
    dataset = right.selectbox(
        text("setup.dataset"),
        datasets,
        format_func=lambda name: translate_core(DATASETS[name].title),
        key=remembered(_DATASET),
        persist_state="session",
        help=text("sweep.dataset_help"),
    )
    base = design if chosen == _OWN else find_recipe(chosen).experiment
    prefix = f"sweep.{chosen}" + (f".{design.fingerprint}" if chosen == _OWN else "")
    return base.on_dataset(dataset), prefix


def _render_method() -> Method:
    field, methods = SweepSpec.model_fields["method"], get_args(Method)
    start_widget("sweep.method", "bayesian" if has_optuna() else "random")
    method: Method | None = st.segmented_control(
        translate_core(field.title),
        methods,
        format_func=lambda name: text(f"sweep.method_{name}"),
        key=remembered("sweep.method"),
        persist_state="session",
        help=translate_core(field.description),
        required=True,
    )
    if method == "bayesian" and not has_optuna():
        st.warning(text("sweep.needs_optuna", command=INSTALL), icon=":material/extension:")
    return method or "random"


def _render_fields(base: Experiment, method: Method) -> dict[str, Any]:
    """How long and how many; what is seldom changed is folded away."""
    fields: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in ("epochs",) if method == "grid" else ("trials", "epochs"):
            with st.container(width=150):
                fields[name] = _draw(name)
        pruning = {"enabled": render_field(Pruning, "enabled", True, "sweep.pruning.enabled")}
    with remembered_expander(text("setup.more"), "sweep.more", icon=":material/settings:"):
        with st.grid(2, min_column_width=240):
            for name in ("metric", "validation_split", "seed", "include_base"):
                if name == "validation_split" and base.training.validation_split:
                    continue
                fields[name] = _draw(name)
            if pruning["enabled"]:
                for name in ("warm_up", "startup_trials"):
                    value = Pruning.model_fields[name].default
                    pruning[name] = render_field(Pruning, name, value, f"sweep.pruning.{name}")
        if fields["metric"] == "test":
            st.warning(text("sweep.by_test"), icon=":material/warning:")
    return fields | {"pruning": pruning}


def _draw(name: str) -> Any:
    return render_field(SweepSpec, name, SweepSpec.model_fields[name].default, f"sweep.{name}")


def _build(base: Experiment, fields: dict[str, Any]) -> SweepSpec | None:
    try:
        spec = SweepSpec(base=Base(experiment=base), **fields)
        build_space(spec, base)
    except ValidationError as error:
        st.error(explain(explain_validation(error)), icon=":material/build:")
    except SpecError as error:
        st.error(explain(error), icon=":material/build:")
    else:
        return spec
    return None


def _render_plan(spec: SweepSpec, base: Experiment) -> None:
    """How many runs that makes, how long they take, and by what the best is chosen."""
    space = build_space(spec, base)
    runs = count_runs(spec, space, base)
    if spec.method == "grid":
        arithmetic = " × ".join(str(len(dimension.grid())) for dimension in space)
        extra = runs - count_runs(spec.model_copy(update={"include_base": False}), space, base)
        sentence = text("sweep.plan_grid_base" if extra else "sweep.plan_grid", arithmetic=arithmetic, runs=runs)
    else:
        sentence = text("sweep.plan", runs=runs)
    split = base.training.validation_split or spec.validation_split
    judged = text("sweep.by_validation", share=f"{split:.0%}") if spec.metric == "validation" else ""
    st.markdown(join_sentences((sentence, _estimate(spec, base, runs), judged)))
    if spec.method == "grid" and runs <= _TRIED_BEFORE:
        for reason, count in count_refused(base, space).items():
            st.caption(text("sweep.left_out", count=count, reason=explain(reason)))


def _estimate(spec: SweepSpec, base: Experiment, runs: int) -> str:
    """As if every trial took as long as the base."""
    return describe_time([base.with_training(epochs=spec.epochs)] * runs)
