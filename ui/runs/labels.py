"""Dialogs for the labels of runs: name, note, tags, star."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import streamlit as st
from annotated_types import MaxLen

from cnn_core.errors import CnnLabError
from cnn_core.runs.labels import Labels, change_labels
from cnn_core.runs.store import RunRecord
from ui.session.state import set_widget, widget_value
from ui.text import explain, text, translate_core

_ASKED = "runs.edited"
_NOTE_HEIGHT = 110


def ask_for(dialog: Literal["edit", "tag"], ids: Sequence[str]) -> None:
    """The page shows this dialog when it is drawn next, and until it is closed: also when a run ends meanwhile."""
    set_widget(_ASKED, (dialog, tuple(ids)))


def render_asked_dialog(runs: Sequence[RunRecord]) -> None:
    """The dialog that someone asked for; nothing where its runs are gone."""
    dialog, ids = widget_value(_ASKED) or ("", ())
    chosen = [run for run in runs if run.id in ids]
    if chosen:
        body = _edit if dialog == "edit" else _tag
        title = text("runs.edit_title" if dialog == "edit" else "runs.tag_title")
        st.dialog(title, icon=":material/label:", on_dismiss=_forget)(body)(chosen, tags_of(runs))


def _forget() -> None:
    set_widget(_ASKED, None)


def tags_of(runs: Iterable[RunRecord]) -> list[str]:
    """All tags in use, in alphabetical order."""
    return sorted({tag for run in runs for tag in run.labels.tags}, key=str.casefold)


def _edit(chosen: Sequence[RunRecord], known: list[str]) -> None:
    (run,) = chosen
    labels, key = run.labels, f"runs.edit.{run.id}"
    with st.form(key, border=False):
        name = st.text_input(value=labels.name, placeholder=run.experiment.name, key=f"{key}.name", **_of("name"))
        note = st.text_area(value=labels.note, height=_NOTE_HEIGHT, key=f"{key}.note", **_of("note"))
        tags = _choose_tags(known, labels.tags, key)
        field = Labels.model_fields["star"]
        star = st.toggle(
            translate_core(field.title), value=labels.star, help=translate_core(field.description), key=f"{key}.star"
        )
        if st.form_submit_button(text("runs.save"), type="primary"):
            _write(chosen, lambda run: {"name": name, "note": note, "tags": tags, "star": star})


def _tag(chosen: Sequence[RunRecord], known: list[str]) -> None:
    with st.form("runs.tag", border=False):
        tags = _choose_tags(known, (), "runs.tag")
        if st.form_submit_button(text("runs.tag_add"), type="primary"):
            _write(chosen, lambda run: {"tags": (*run.labels.tags, *tags)})


def _write(runs: Sequence[RunRecord], changes: Callable[[RunRecord], dict[str, Any]]) -> None:
    """Closes the dialog; on an error it stays open and shows it."""
    try:
        for run in runs:
            change_labels(run.folder.path, **changes(run))
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
    else:
        _forget()
        st.rerun()


def _choose_tags(known: list[str], chosen: Sequence[str], key: str) -> list[str]:
    field = Labels.model_fields["tags"]
    return st.multiselect(
        translate_core(field.title),
        known,
        list(chosen),
        help=translate_core(field.description),
        accept_new_options=True,
        key=f"{key}.tags",
    )


def _of(name: str) -> dict[str, Any]:
    """A text field's label, help and length, as `Labels` has them."""
    field = Labels.model_fields[name]
    longest = next(limit.max_length for limit in field.metadata if isinstance(limit, MaxLen))
    return {"label": translate_core(field.title), "help": translate_core(field.description), "max_chars": longest}
