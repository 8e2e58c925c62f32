"""What is folded away under "More": how it learns, from which data, when it stops, on what machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.experiment.schedules import SCHEDULES_BY_KIND
from cnn_core.experiment.training import TrainingConfig
from cnn_core.runs.calibration import Calibration
from ui.session.state import set_widget, widget_value
from ui.shared.expanders import remembered_tabs
from ui.shared.field_widget import render_field, render_knobs
from ui.text import text, translate_core
from ui.train.augmentation import render_augmentation

GROUPS = ("learning", "data", "stopping", "machine")
_HELD_OUT = 0.1
_DATA = ("input_scaling", "validation_split", "train_share", "label_noise", "class_weight")


@dataclass
class Form:
    """One setup: what it starts from, where its widgets keep their values, and what they say so far.

    `places` are placeholders that are filled last; `shown` marks the visible ones.
    """

    base: Experiment
    prefix: str
    calibration: Calibration | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    augmentation: dict[str, Any] = field(default_factory=dict)
    places: dict[str, DeltaGenerator] = field(default_factory=dict)
    shown: str = ""

    def key(self, name: str) -> str:
        return f"{self.prefix}.{name}"

    def draw(self, name: str, note: str = "") -> Any:
        """The field's widget; its value goes into `changes`."""
        start = getattr(self.base.training, name)
        self.changes[name] = render_field(TrainingConfig, name, start, self.key(name), note=note)
        return self.changes[name]


def hidden_fields(form: Form) -> tuple[str, ...]:
    """The training fields that stand in the groups just now, besides the optimizer's own knobs."""
    smoothing = ("label_smoothing",) if _can_smooth(form) else ()
    precision = ("precision",) if _offers_precision(form) else ()
    return (
        "schedule",
        "clip_norm",
        "loss",
        *smoothing,
        *_data_fields(form),
        "early_stopping",
        "restore_best",
        *precision,
        "seed",
    )


def render_groups(form: Form) -> None:
    labels = {group: text(f"setup.group_{group}") for group in GROUPS}
    renderers = (_render_learning, _render_data, _render_stopping, _render_machine)
    for tab, group, render in zip(remembered_tabs(labels, "setup.group"), GROUPS, renderers, strict=True):
        with tab:
            render(form)
        if tab.open:
            form.shown = group


def _render_learning(form: Form) -> None:
    st.markdown(text("setup.own_knobs", kind=form.changes["optimizer"]["kind"]))
    with st.grid(3, min_column_width=150, gap="small", vertical_alignment="bottom"):
        optimizer = form.base.training.optimizer
        form.changes["optimizer"] |= render_knobs(TrainingConfig, "optimizer", optimizer, form.key("optimizer"))
        form.draw("clip_norm")
    with st.grid(3, min_column_width=150, gap="small"):
        schedule = form.draw("schedule")
    st.caption(translate_core(SCHEDULES_BY_KIND[schedule["kind"]].about))
    form.places["schedule"] = st.container()
    with st.grid(2, min_column_width=220, gap="small"):
        form.draw("loss")
        if _can_smooth(form):
            form.draw("label_smoothing")
    if not _can_smooth(form):
        form.changes["label_smoothing"] = 0.0  # it would have no effect; its widget keeps the value
    form.places["target"] = st.container()


def _render_data(form: Form) -> None:
    with st.grid(3, min_column_width=150, gap="small"):
        for name in _data_fields(form):
            form.draw(name)
    form.places["counts"] = st.container()
    form.places["data"] = st.container()
    st.markdown(text("augmentation.heading"), help=text("glossary.augmentation"))
    form.augmentation = render_augmentation(
        form.base.architecture, DATASETS[form.base.dataset].holds_digits, form.prefix
    )
    form.places["augmentation"] = st.container()


def _render_stopping(form: Form) -> None:
    with st.grid(2, min_column_width=150, gap="small", vertical_alignment="bottom"):
        form.draw("early_stopping")
        form.draw("restore_best")
    if form.changes["validation_split"]:
        st.caption(text("setup.chosen_by_validation"))
    elif form.changes["early_stopping"] or form.changes["restore_best"]:
        st.warning(text("setup.chosen_by_test"), icon=":material/visibility:")
        st.button(
            text("setup.hold_out", share=f"{_HELD_OUT:.0%}"),
            icon=":material/content_cut:",
            on_click=set_widget,
            args=(form.key("validation_split"), _HELD_OUT),
        )


def _render_machine(form: Form) -> None:
    gain = form.calibration.bfloat16_gain if form.calibration else None  # None before it was tried on this machine
    with st.grid(2, min_column_width=150, gap="small"):
        if _offers_precision(form):
            form.draw("precision", note=text("setup.precision_gain", gain=f"{gain:.1f}") if gain else "")
        form.draw("seed")
    if not _offers_precision(form):
        st.caption(text("setup.precision_useless" if gain else "setup.precision_unknown"))


def _data_fields(form: Form) -> tuple[str, ...]:
    return (*_DATA, "synthetic_samples") if DATASETS[form.base.dataset].holds_digits else _DATA


def _can_smooth(form: Form) -> bool:
    loss = widget_value(form.key("loss"), form.base.training.loss)
    return bool(loss == "categorical_crossentropy")


def _offers_precision(form: Form) -> bool:
    """Where 16 bits pay, and where the design has them already and one may want them off."""
    pays = form.calibration is not None and form.calibration.fastest != "float32"
    return pays or form.base.training.precision != "float32"
