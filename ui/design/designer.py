"""Design page: the editor of a network, which updates immediately without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from cnn_core.architecture import Anatomy
from cnn_core.architecture.advice import find_advice
from cnn_core.architecture.anatomy import compute_anatomy, compute_partial_anatomy
from cnn_core.architecture.repair import Fix, Problem, find_problem
from cnn_core.architecture.spec import ArchitectureSpec, DataFormat
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment.recipes import RECIPES
from cnn_core.experiment.starters import STARTERS
from ui.design.code_view import render_code
from ui.design.epoch_time import format_estimate
from ui.design.layer_panel import render_add_layer, render_layer_panel
from ui.design.network import format_count, render_picture, render_rows
from ui.design.share import open_shared_design, render_share
from ui.design.window_demo import render_window_demo
from ui.session.model import FIRST_DESIGN, DesignDraft
from ui.session.state import remembered, session, widget_value
from ui.shared.expanders import remembered_tabs
from ui.shared.navigation import go_to
from ui.text import explain, text, translate_core
from ui.train.setup import OWN_DESIGN, choose_recipe


def render_designer() -> None:
    draft = session().draft
    open_shared_design(draft)
    look = _look_of(draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(text("design.title"), help=text("design.title_help"))
        if st.button(text("design.train"), type="primary", icon=":material/arrow_forward:", disabled=look.broken):
            choose_recipe(OWN_DESIGN, draft.design.dataset)
            go_to("train")
    _render_start(draft, look)
    st.fragment(_render_bench)(look)


@dataclass(frozen=True)
class _HeaderState:
    """Content of the header, which is outside the redrawn fragment for speed."""

    problem: Problem | None
    can_undo: bool
    can_redo: bool
    dataset: str
    data_format: str

    def is_like(self, other: _HeaderState) -> bool:
        return replace(self, problem=None) == replace(other, problem=None) and self.broken == other.broken

    @property
    def broken(self) -> bool:
        return self.problem is not None


def _look_of(draft: DesignDraft) -> _HeaderState:
    design, spec = draft.design, draft.design.architecture
    problem = find_problem(spec, len(DATASETS[design.dataset].class_names), design.training.loss)
    return _HeaderState(problem, bool(draft.undo), bool(draft.redo), design.dataset, spec.data_format)


def _render_bench(drawn: _HeaderState) -> None:
    """Renders the editor, which is redrawn at every change; `drawn` is the state of the header."""
    draft = session().draft
    spec, look = draft.design.architecture, _look_of(draft)
    problem = look.problem
    anatomy = compute_partial_anatomy(spec)[0]
    draft.selected = draft.selected or spec.layers[0].name
    _render_costs(draft, anatomy, complete=len(anatomy.rows) == len(spec.layers))
    if problem:
        _render_problem(draft, problem)
    else:
        for warning in find_advice(spec, len(DATASETS[draft.design.dataset].class_names)):
            _render_problem(draft, warning, f"advice-{warning.layer}", color="orange")
    picked = render_picture(spec, anatomy, draft.selected, key="design-picture")
    rows, panel = st.columns([6, 5], gap="medium")
    with rows:
        picked = (
            render_rows(spec, anatomy, draft.selected, problem.layer if problem else "", key="design-rows") or picked
        )
        render_add_layer(draft)
    with panel:
        render_layer_panel(draft, anatomy)
    if picked and picked not in (draft.selected, "input"):
        draft.selected = picked
        st.rerun(scope="fragment")
    _render_tabs(draft, anatomy, look.broken)
    if not look.is_like(drawn):
        st.rerun()  # the last thing: every button has been asked


def _render_start(draft: DesignDraft, look: _HeaderState) -> None:
    short = {recipe.id: f"{recipe.short} · {translate_core(recipe.title)}" for recipe in RECIPES}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        origin = st.selectbox(
            text("design.start_from"),
            list(STARTERS),
            index=list(STARTERS).index(FIRST_DESIGN),
            format_func=lambda name: short.get(name) or text(f"starters.{name}"),
            key=remembered("design.origin"),
            persist_state="session",
        )
        st.button(
            text("design.load"),
            icon=":material/restart_alt:",
            help=text("design.load_help"),
            on_click=draft.load,
            args=(origin, STARTERS[origin]),
        )
        st.button(text("design.undo"), icon=":material/undo:", disabled=not look.can_undo, on_click=draft.step_back)
        st.button(text("design.redo"), icon=":material/redo:", disabled=not look.can_redo, on_click=draft.step_forward)
        _render_dataset(draft)
        _render_data_format(draft)


def _render_dataset(draft: DesignDraft) -> None:
    """The images that the network is made for, gray or in color."""
    label = translate_core(DATASETS[draft.design.dataset].title)
    with st.popover(label, icon=":material/imagesmode:", key="design.input", on_change="rerun") as popover:
        if not popover.open:
            return
        key = f"design.dataset.{draft.version}"
        names = list(DATASETS)
        st.radio(
            text("setup.dataset"),
            names,
            index=names.index(draft.design.dataset),
            format_func=lambda name: translate_core(DATASETS[name].title),
            captions=[translate_core(DATASETS[name].summary) for name in names],
            key=key,
            on_change=lambda: draft.change(draft.design.on_dataset(widget_value(key)), by_knob=True),
        )


def _render_data_format(draft: DesignDraft) -> None:
    spec, key = draft.design.architecture, f"design.format.{draft.version}"
    field = ArchitectureSpec.model_fields["data_format"]

    def switch() -> None:
        spec = draft.design.architecture  # knobs may have changed it since this was drawn
        changed = spec.model_copy(update={"data_format": widget_value(key) or spec.data_format})
        draft.change(draft.design.model_copy(update={"architecture": changed}), by_knob=True)

    options: list[DataFormat] = ["channels_last", "channels_first"]
    st.segmented_control(
        translate_core(field.title),
        options,
        default=spec.data_format,
        key=key,
        help=translate_core(field.description),
        on_change=switch,
        required=True,
    )


def _render_costs(draft: DesignDraft, anatomy: Anatomy, complete: bool) -> None:
    before = compute_anatomy(STARTERS[draft.origin].architecture)
    cells = (
        ("parameters", anatomy.parameters, before.parameters, f"{anatomy.parameters:,}"),
        ("macs", anatomy.macs, before.macs, format_count(anatomy.macs)),
        (
            "memory",
            anatomy.activation_bytes,
            before.activation_bytes,
            text("design.kilobytes", size=f"{anatomy.activation_bytes / 1024:,.0f}"),
        ),
    )
    with st.grid(4, min_column_width=150, gap="small"):
        for name, now, then, shown in cells:
            change = None if not complete or now == then else f"{(now - then) / max(then, 1):+.1%}"
            st.metric(
                text(f"design.{name}"),
                shown if complete else "–",
                delta=change,
                delta_color="off",
                help=text(f"glossary.{name}"),
            )
        estimate = format_estimate(draft.design) if complete else "–"
        st.metric(text("design.epoch_time"), estimate, help=text("glossary.epoch_time"))


def _render_problem(draft: DesignDraft, problem: Problem, key: str = "fix", color: str = "red") -> None:
    with st.container(border=True):
        st.markdown(f":{color}[:material/build:] {explain(problem.message)}")
        with st.container(horizontal=True):
            for index, fix in enumerate(problem.fixes):
                changed = draft.design.model_copy(update={"architecture": fix.spec})
                st.button(
                    _describe_fix(fix),
                    key=f"{key}-{index}",
                    on_click=draft.change,
                    args=(changed,),
                )


def _describe_fix(fix: Fix) -> str:
    label = text(f"fixes.{fix.code}", **fix.values)
    return text("fixes.and_more", label=label, count=fix.also) if fix.also else label


def _render_tabs(draft: DesignDraft, anatomy: Anatomy, broken: bool) -> None:
    labels = {name: text(f"design.tab_{name}") for name in ("works", "code", "share")}
    works, code, share = remembered_tabs(labels, "design.tabs")
    if works.open:
        with works:
            render_window_demo(draft, anatomy)
    if code.open:
        with code:
            if broken:
                st.info(text("design.code_when_mended"), icon=":material/build:")
            else:
                render_code(draft.design)
    if share.open:
        with share:
            render_share(draft)
