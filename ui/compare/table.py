"""Table of settings, cost and metrics of contenders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.comparison.facts import ELSEWHERE, FIGURES, FIRST_FIGURES, Cell, read_figures
from cnn_core.comparison.table import (
    DIFFERENT,
    differs,
    format_csv,
    format_markdown,
    list_rows,
    list_training_fields,
    read_settings,
)
from cnn_core.experiment.training import TrainingConfig
from cnn_core.palette import style_of
from ui.compare.labels import head_contenders, name_contenders
from ui.components import read_asset
from ui.session.state import remembered, start_widget
from ui.shared.formats import translate_units
from ui.text import text, translate_core
from ui.text.plain import plain

_SHOWN, _DIFFERENT_ONLY = "table.shown", "table.different"
_MORE_IS_BETTER = ("test_accuracy", "best_accuracy", "last_accuracy")
_LESS_IS_BETTER = ("test_loss", "epoch_time", "time_to_97", "time_to_98", "time_to_99", "parameters", "macs")

_facts = st.components.v2.component(
    "cnn_lab_facts",
    html='<div class="facts"></div>\n',
    css=read_asset("shared/facts.css"),
    js=read_asset("shared/facts.js"),
)


def render_table(contenders: Sequence[Contender]) -> None:
    names = name_contenders(contenders)
    shown, different_only = _render_controls(contenders, names)
    figures = [read_figures(one) for one in contenders]
    if different_only:
        shown = [name for name in shown if differs([cells[name].shown for cells in figures])]
    _facts(key="table.figures", data=_describe(contenders, names, figures, shown))
    st.caption(text("compare_table.legend"))
    _render_settings(contenders, different_only)


def title_of_fact(name: str) -> str:
    """A figure's or a setting's name, as the page and the exported Markdown have it."""
    if name in FIGURES:
        return text(f"compare_table.{name}")
    field = TrainingConfig.model_fields.get(name)
    return translate_core(field.title) if field else text(f"facts.{name}")


def _render_controls(contenders: Sequence[Contender], names: Sequence[str]) -> tuple[list[str], bool]:
    start_widget(_SHOWN, list(FIRST_FIGURES))
    start_widget(_DIFFERENT_ONLY, True)
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(text("compare_table.choose"), icon=":material/checklist:"):
            picked = st.pills(
                text("compare_table.choose_label"),
                list(FIGURES),
                selection_mode="multi",
                format_func=title_of_fact,
                key=remembered(_SHOWN),
                persist_state="session",
            )
        only = st.toggle(
            text("compare_table.different_only"),
            key=remembered(_DIFFERENT_ONLY),
            persist_state="session",
            help=text("compare_table.different_only_help"),
        )
        _render_download("csv", "text/csv", lambda: format_csv(contenders, names))
        titles = {name: title_of_fact(name) for name in (*FIGURES, *list_settings())}
        _render_download("md", "text/markdown", lambda: format_markdown(contenders, names, titles))
    return [name for name in FIGURES if name in picked], only


def _render_download(kind: str, mime: str, make: Callable[[], str]) -> None:
    st.download_button(
        text(f"compare_table.download_{kind}"),
        data=make,
        file_name=f"comparison.{kind}",
        mime=mime,
        icon=":material/download:",
        help=text("compare_table.download_help"),
        on_click="ignore",
        key=f"table.{kind}",
    )


def list_settings() -> list[str]:
    """In the order of the table."""
    return ["dataset", "network", "data_format", *list_training_fields(), "seeds"]


def _render_settings(contenders: Sequence[Contender], different_only: bool) -> None:
    rows = list_rows([read_settings(one) for one in contenders])
    different = {name for name, values in rows.items() if differs(values)}
    st.markdown(f"#### {text('compare_table.settings')}")
    if not different and different_only:
        st.caption(text("compare_table.no_difference"))
        return
    if different_only:
        st.caption(text("compare_table.alike", count=len(rows) - len(different)))
        rows = {name: values for name, values in rows.items() if name in different}
    titles = [f"{title_of_fact(name)} {DIFFERENT}" if name in different else title_of_fact(name) for name in rows]
    columns: dict[str, list[str]] = {text("compare.fact"): titles}
    for index, head in enumerate(head_contenders(contenders)):
        columns[head] = [plain(values[index]) for values in rows.values()]
    st.table(columns, border="horizontal", hide_index=True)


def _describe(
    contenders: Sequence[Contender], names: Sequence[str], figures: Sequence[Mapping[str, Cell]], shown: Sequence[str]
) -> dict[str, object]:
    best = {name: _find_best(name, [cells[name] for cells in figures]) for name in shown}
    if differs([one.experiment.training.loss for one in contenders]):
        best["test_loss"] = None  # losses of different functions say nothing of each other
    return {
        "columns": [
            {"name": name, "title": title_of_fact(name), "help": text(f"compare_table.{name}_help")} for name in shown
        ],
        "rows": [
            {
                "id": one.id,
                "name": name,
                "sign": style_of(one.style).sign,
                "color": style_of(one.style).color,
                "live": one.is_active,
                "cells": [
                    {"shown": _say_cell(cells[fact]), "value": cells[fact].value, "best": best.get(fact) == index}
                    for fact in shown
                ],
            }
            for index, (one, name, cells) in enumerate(zip(contenders, names, figures, strict=True))
        ],
        "words": {"name": text("compare_table.contender"), "sort": text("compare_table.sort")},
    }


def _say_cell(cell: Cell) -> str:
    """As in the exported table, but units, and the words that a cell may hold, in the reader's language."""
    shown = translate_units(cell.shown).replace(f"({ELSEWHERE})", f"({text('compare_table.elsewhere')})")
    of = cell.parts.get("of")
    return shown.replace(f"({of})", f"({text(f'compare_table.of_{of}')})") if of else shown


def _find_best(name: str, cells: Sequence[Cell]) -> int | None:
    """The single best contender in this metric, or None.

    Nor does one lead in times that several machines took.
    """
    if differs([cell.parts.get("machine") for cell in cells if cell.value is not None]):
        return None
    values = [cell.value for cell in cells]
    known = [value for value in values if value is not None]
    alone = len(known) == 1 < len(values) and name.startswith("time_to_")  # no one else got there
    if (len(set(known)) < 2 and not alone) or name not in (*_MORE_IS_BETTER, *_LESS_IS_BETTER):
        return None
    best = max(known) if name in _MORE_IS_BETTER else min(known)
    return values.index(best) if values.count(best) == 1 else None
