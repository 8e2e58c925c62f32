"""The settings of the Train page as a list: what differs from the recipe, and what can't be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import BaseModel, ValidationError

from cnn_core.errors import explain_rule
from cnn_core.experiment.training import TrainingConfig
from ui.session.state import set_widget, widget_value
from ui.shared.field_widget import kinds_of, knobs_of, start_of, title_of
from ui.text import describe, explain, text, translate_core
from ui.text.plain import plain


@dataclass(frozen=True)
class Knob:
    """One widget: its key, what it is called, Keras's name for it, and where it stands when no one touches it."""

    key: str
    title: str
    argument: str
    start: Any
    of_recipe: bool = True  # else the start is Keras's own default

    @property
    def is_moved(self) -> bool:
        return widget_value(self.key, self.start) not in (self.start, None)

    def put_back(self) -> None:
        set_widget(self.key, float(self.start) if isinstance(self.start, float) else self.start)


def training_knobs(training: TrainingConfig, names: Iterable[str], prefix: str) -> Iterator[Knob]:
    """The knobs of these fields; of a field with several kinds the kind and the chosen kind's own knobs."""
    for name in names:
        value, key = getattr(training, name), f"{prefix}.{name}"
        kinds = kinds_of(TrainingConfig, name)
        yield Knob(key, _title(TrainingConfig, name), name, value.kind if kinds else value)
        if kinds:
            chosen = widget_value(key, value.kind)
            kind = kinds[chosen]
            for knob in knobs_of(kind):
                title = f"{title_of(chosen)} {_title(kind, knob)}"
                start, of_recipe = start_of(kind, knob, value), isinstance(value, kind)
                yield Knob(f"{key}.{chosen}.{knob}", title, knob, start, of_recipe)


def field_knob(model: type[BaseModel], name: str, start: Any, prefix: str, of: str = "") -> Knob:
    """Widget for one field of a layer or optimizer; `of` names the owner."""
    return Knob(f"{prefix}.{name}", f"{of} {_title(model, name)}".strip(), name, start)


def render_chips(knobs: Iterable[Knob]) -> None:
    """What is folded away and differs from the recipe, each with a way back. Belongs into a horizontal container."""
    for knob in knobs:
        if knob.is_moved:
            sentence = "setup.chip" if knob.of_recipe else "setup.chip_default"
            value, start = _say(widget_value(knob.key)), _say(knob.start)
            st.button(
                text(sentence, name=plain(knob.title), value=plain(value), default=plain(start)),
                key=f"chip-{knob.key}",
                icon=":material/close:",
                help=text("setup.chip_help"),
                on_click=knob.put_back,
            )


def render_refusals(error: ValidationError, knobs: Iterable[Knob], prefix: str) -> None:
    """A sentence for each value that can't be, and a button that puts it back."""
    by_key = {knob.key: knob for knob in knobs}
    for wrong in error.errors():
        knob = by_key.get(".".join([prefix, *map(str, wrong["loc"])]))
        if knob is None:
            st.error(explain(explain_rule(wrong)), icon=":material/build:")
            continue
        name, rule = knob.title[:1].upper() + knob.title[1:], _say_rule(wrong)
        values = {"name": plain(name), "rule": plain(rule), "value": plain(_say(wrong["input"]))}
        sentence = text("setup.refused", argument=knob.argument, **values)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.error(sentence, icon=":material/build:")
            st.button(
                text("setup.put_back", value=plain(_say(knob.start))),
                key=f"refused-{knob.key}",
                icon=":material/undo:",
                on_click=knob.put_back,
            )


def _title(model: type[BaseModel], name: str) -> str:
    """As on its widget, but within a sentence: "Label smoothing" → "label smoothing", while "AMSGrad" stays."""
    title = translate_core(model.model_fields[name].title) or name
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def _say_rule(wrong: Any) -> str:
    """ "should be less than 10": what was expected, to go on a sentence with."""
    return describe(explain_rule(wrong)).removeprefix("Input ").removeprefix(translate_core("Input")).strip()


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return text("setup.on") if value else text("setup.off")
    if isinstance(value, float):
        return f"{value:g}"
    return title_of(value).lower() if value in kinds_of(TrainingConfig, "schedule") else str(value)
