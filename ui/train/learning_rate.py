"""The row of settings that is always in sight; in it the learning rate follows the optimizer until a reader sets it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.experiment.optimizers import OPTIMIZERS_BY_KIND
from cnn_core.experiment.training import TrainingConfig
from ui.session.state import set_widget, widget_value
from ui.shared.field_widget import render_field, render_kind
from ui.text import text
from ui.train.knobs import Knob, training_knobs
from ui.train.setup_groups import Form

MAIN = ("optimizer", "learning_rate", "batch_size", "epochs")


def render_main_row(form: Form) -> None:
    training = form.base.training
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = render_kind(TrainingConfig, "optimizer", training.optimizer, form.key("optimizer"), _follow, (form,))
        form.changes["optimizer"] = {"kind": kind}
        form.changes["learning_rate"] = render_field(
            TrainingConfig, "learning_rate", training.learning_rate, form.key("learning_rate"), _remember, (form,)
        )
        form.draw("batch_size")
        form.draw("epochs")


def render_rate_chip(form: Form) -> None:
    """Where another optimizer brought its own rate along: back to the recipe's. Where it could not: take it now."""
    rate, usual, start = form.changes["learning_rate"], _usual_rate(form), form.base.training.learning_rate
    if rate == usual == start or form.changes["optimizer"]["kind"] == form.base.training.optimizer.kind:
        return
    if rate == usual:
        label, there, by_hand = (
            text("setup.rate_moved", kind=_kind(form), rate=f"{rate:g}", back=f"{start:g}"),
            start,
            True,
        )
    elif usual != rate:
        label, there, by_hand = text("setup.rate_usual", kind=_kind(form), rate=f"{usual:g}"), usual, False
    st.button(
        label,
        key="chip-rate",
        icon=":material/speed:",
        help=text("setup.rate_help"),
        on_click=_set_rate,
        args=(form, there, by_hand),
    )


def render_reset(form: Form, knobs: Sequence[Knob]) -> None:
    """Puts all settings back at once; there from the second changed one on."""
    moved = [knob for knob in knobs if knob.is_moved]
    main = [*training_knobs(form.base.training, MAIN, form.prefix)]
    moved = list({knob.key: knob for knob in [*moved, *(knob for knob in main if knob.is_moved)]}.values())
    if len(moved) > 1:
        st.button(
            text("setup.reset", count=len(moved)),
            key="reset-all",
            icon=":material/restart_alt:",
            help=text("setup.reset_help"),
            on_click=_reset,
            args=(form, moved),
        )


def _reset(form: Form, knobs: Sequence[Knob]) -> None:
    for knob in knobs:
        knob.put_back()
    set_widget(_by_hand_key(form), False)


def _follow(form: Form) -> None:
    if not widget_value(_by_hand_key(form), False):
        _set_rate(form, _usual_rate(form), by_hand=False)


def _remember(form: Form) -> None:
    set_widget(_by_hand_key(form), widget_value(form.key("learning_rate")) != _usual_rate(form))


def _set_rate(form: Form, rate: float, by_hand: bool) -> None:
    set_widget(form.key("learning_rate"), rate)
    set_widget(_by_hand_key(form), by_hand)


def _usual_rate(form: Form) -> float:
    """The recipe's own with the recipe's optimizer, Keras's default with another one."""
    training, kind = form.base.training, _kind(form)
    return training.learning_rate if kind == training.optimizer.kind else OPTIMIZERS_BY_KIND[kind].default_rate


def _kind(form: Form) -> str:
    return str(widget_value(form.key("optimizer"), form.base.training.optimizer.kind))


def _by_hand_key(form: Form) -> str:
    return form.key("learning_rate.by_hand")
