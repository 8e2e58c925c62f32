"""Training moment slider with playback, and the confidence at each moment."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.figures.confidence import plot_confidence
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.layers.input import Chosen
from ui.layers.moments import FINAL, Moment, list_moments, probe_at
from ui.session.state import remembered, set_widget, start_widget, widget_value
from ui.shared.plot import render_figure
from ui.text import text

PLAY_S = 0.7
_PLAYING = "layers.playing"


def moment_key(run: RunRecord) -> str:
    return f"layers.moment.{run.id}"


def render_time(run: RunRecord) -> Moment:
    """The chosen moment. While it plays, each call goes one moment on."""
    moments = list_moments(run)
    if len(moments) == 1:
        st.caption(text("layers.no_moments"))
        return moments[0]
    key, names = moment_key(run), {moment.id: _name(moment) for moment in moments}
    start_widget(key, moments[-1].id)
    if widget_value(key) not in names:
        set_widget(key, moments[-1].id)
    if is_playing():
        _go_on(key, list(names))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        playing = is_playing()
        st.button(
            text("layers.pause" if playing else "layers.play"),
            icon=":material/pause:" if playing else ":material/play_arrow:",
            key="layers.play",
            on_click=_switch,
            args=(key, list(names)),
        )
        chosen = st.select_slider(
            text("layers.moment"),
            list(names),
            format_func=names.__getitem__,
            key=remembered(key),
            help=text("layers.moment_help"),
            persist_state="session",
        )
    return next(moment for moment in moments if moment.id == chosen)


def is_playing() -> bool:
    return bool(widget_value(_PLAYING, False))


def _switch(key: str, ids: list[str]) -> None:
    """Starts or stops; from the end it begins again."""
    if not is_playing() and widget_value(key) == ids[-1]:
        set_widget(key, ids[0])
    set_widget(_PLAYING, not is_playing())


def _go_on(key: str, ids: list[str]) -> None:
    place = ids.index(widget_value(key))
    if place + 1 < len(ids):
        set_widget(key, ids[place + 1])
    if place + 2 >= len(ids):
        set_widget(_PLAYING, False)


def render_confidence(
    run: RunRecord, chosen: Chosen, moment: Moment, names: tuple[str, ...], key: str = "layers"
) -> None:
    """The probability of the true class (of a drawing: the one answered at the end) over the training."""
    moments = list_moments(run)
    if len(moments) == 1:
        return
    history = _probabilities(run.id, chosen.source, tuple((m.id, m.changed(run)) for m in moments), run, chosen.inputs)
    shown = int(history[-1].argmax()) if chosen.label is None else chosen.label
    figure = plot_confidence(
        [_name(m) for m in moments],
        history[:, shown],
        [names[int(p.argmax())] for p in history],
        moments.index(moment),
        style_of(run.style).color,
        text("layers.confidence", label=names[shown]),
        text("layers.answered"),
    )
    render_figure(figure, key=f"{key}-confidence")


@st.cache_data(max_entries=64, show_spinner=False)
def _probabilities(
    run_id: str, source: str, moments: tuple[tuple[str, int], ...], _run: RunRecord, _inputs: np.ndarray
) -> np.ndarray:
    """(moments, classes)."""
    rows = []
    for moment in list_moments(_run):
        with probe_at(_run, moment) as probe:
            rows.append(np.nan_to_num(probe.predict_inputs(_inputs)[0]))
    return np.stack(rows)


def _name(moment: Moment) -> str:
    if moment.kind == FINAL:
        return text("layers.moment_final")
    if moment.kind == "epoch" and moment.number == 0:
        return text("layers.moment_untrained")
    return text(f"layers.moment_{moment.kind}", number=moment.number)
