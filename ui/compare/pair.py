"""The selected pair of contenders, shared by all tabs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.palette import style_of
from ui.compare.repeats import render_repeats
from ui.session.state import remembered, set_widget, widget_value
from ui.text import text

_KEYS = ("compare.pair.first", "compare.pair.second")


def choose_pair(contenders: Sequence[Contender], names: dict[str, str]) -> tuple[Contender, Contender]:
    """Of at least two; nothing is asked where there are just two with one repeat each."""
    by_id = {one.id: one for one in contenders}
    ids = list(by_id)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(ids) > 2:
            first = _choose(_KEYS[0], ids, by_id, names)
            ids = [first, _choose(_KEYS[1], [other for other in ids if other != first], by_id, names)]
        pair = by_id[ids[0]], by_id[ids[1]]
        render_repeats(pair, names)
    return pair


def _choose(key: str, ids: Sequence[str], by_id: dict[str, Contender], names: dict[str, str]) -> str:
    if widget_value(key) not in ids:
        set_widget(key, ids[0])
    return str(
        st.selectbox(
            text("compare_answers.first" if key == _KEYS[0] else "compare_answers.second"),
            ids,
            key=remembered(key),
            format_func=lambda id_: f"{style_of(by_id[id_].style).sign} {names[id_]}",
            persist_state="session",
        )
    )
