"""Queue view: active and queued runs in start order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.errors import RunError
from cnn_core.execution.queue import Ticket, fair_order
from cnn_core.runs.store import RunRecord
from ui.runs.actions import render_menu
from ui.runs.deletion import attempt
from ui.runs.row import badge_of, name_of
from ui.server.resources import get_executor, get_store
from ui.session.state import is_foreign, session, set_widget, widget_value
from ui.shared.formats import format_duration
from ui.shared.watches import rerun_on_change
from ui.text import join_sentences, text, translate_core
from ui.text.plain import plain
from ui.train.steering import pending_commands

_FIRST = 8  # that many of the waiting are shown until one asks for all
_ALL = "runs.line_all"


def render_line(runs: Sequence[RunRecord]) -> None:
    """Nothing where nothing is under way; redraws itself while something is."""
    active = [run.id for run in runs if run.is_active]
    if active:
        _render_line(active)


@st.fragment
def _render_line(ids: list[str]) -> None:
    active, line = _read_line(ids)
    rerun_on_change("line", _revision_of(active, line), lambda: _revision_of(*_read_line(ids)))
    if len(active) != len(ids) or {ticket.run_id for ticket in line} - set(ids):
        st.rerun()  # the whole page once: what is through belongs to the list, what is new belongs here
    tickets = {ticket.run_id: ticket for ticket in line}
    training = [run for run in active.values() if run.id not in tickets]
    owners = Counter(run.folder.facts.owner for run in training)
    waiting = [ticket for ticket in fair_order(line, owners, get_executor().served) if ticket.run_id in active]
    st.subheader(text("runs.line"))
    st.caption(_describe(training, waiting))
    shown = waiting if widget_value(_ALL) else waiting[:_FIRST]
    with st.container(gap="xsmall"):
        for run in training:
            _render_training(run)
        for place, ticket in enumerate(shown, start=1):
            _render_waiting(active[ticket.run_id], ticket, place, [t for t in waiting if t.owner == ticket.owner])
    if len(waiting) > len(shown):
        st.button(text("runs.line_all", count=len(waiting)), key="runs.all", on_click=set_widget, args=(_ALL, True))


def _read_line(ids: Sequence[str]) -> tuple[dict[str, RunRecord], list[Ticket]]:
    return find_active(ids), get_executor().queue.waiting()


def _revision_of(active: Mapping[str, RunRecord], line: Sequence[Ticket]) -> tuple[object, ...]:
    return [run.revision for run in active.values()], line


def find_active(ids: Sequence[str]) -> dict[str, RunRecord]:
    """Those of these runs that are still under way."""
    found = {}
    for run_id in ids:
        try:
            run = get_store().find(run_id)
        except RunError:  # deleted or damaged this moment
            continue
        if run.is_active:
            found[run_id] = run
    return found


def _describe(training: Sequence[RunRecord], waiting: Sequence[Ticket]) -> str:
    """How many at a time, and what holds the line up."""
    capacity = get_executor().capacity
    sentences = [text("runs.capacity_one") if capacity == 1 else text("runs.capacity", count=capacity)]
    if waiting:
        sentences.append(text("runs.turns"))
    if waiting and training and all(run.state == "paused" for run in training):
        sentences.append(text("runs.paused_holds"))
    return join_sentences(sentences)


def _render_training(run: RunRecord) -> None:
    with _row(run):
        share = run.history.progress
        course = f'<div class="course"><i style="width:{share:.1%}"></i></div>'
        st.html(_line(run, run.folder.facts.owner, _course(run), course))
        pending = pending_commands(run)
        orders = ["resume" if run.state == "paused" else "pause"] if run.state != "queued" else []
        _render_orders(run, run.folder.facts.owner, {order: order in pending for order in [*orders, "stop"]})
        render_menu(run)


def _render_waiting(run: RunRecord, ticket: Ticket, place: int, own: Sequence[Ticket]) -> None:
    with _row(run):
        st.html(_line(run, ticket.owner, escape(text("runs.place", place=place))))
        ends = {"earlier": own[0] == ticket, "later": own[-1] == ticket, "take_out": False}
        _render_orders(run, ticket.owner, ends)
        render_menu(run)


def _render_orders(run: RunRecord, owner: str, orders: dict[str, bool]) -> None:
    """Queue buttons; `orders` marks disabled ones. Changing another visitor's run needs confirmation."""
    if not is_foreign(owner):
        _render_buttons(run, orders)
        return
    with st.popover(text("runs.foreign"), icon=":material/lock:", key=f"runs.foreign.{run.id}", type="tertiary"):
        st.markdown(text("runs.foreign_question", name=plain(run.name)))
        _render_buttons(run, orders)


def _render_buttons(run: RunRecord, orders: dict[str, bool]) -> None:
    executor = get_executor()
    doing = {
        "pause": (":material/pause_circle:", executor.pause, ()),
        "resume": (":material/play_circle:", executor.resume, ()),
        "stop": (":material/stop_circle:", executor.stop, ()),
        "earlier": (":material/arrow_upward:", executor.move, (-1,)),
        "later": (":material/arrow_downward:", executor.move, (1,)),
        "take_out": (":material/close:", executor.stop, ()),
    }
    for order, off in orders.items():
        icon, command, values = doing[order]
        st.button(
            text(f"runs.order_{order}"),
            icon=icon,
            type="tertiary",
            disabled=off,
            key=f"runs.{order}.{run.id}",
            on_click=attempt,
            args=(command, run.id, *values),
        )


def _line(run: RunRecord, owner: str, facts: str, below: str = "") -> str:
    whose = text("runs.yours") if owner == session().owner else text("runs.somebodys")
    dataset = translate_core(DATASETS[run.experiment.dataset].title)
    details = f"<span>{facts} · {escape(dataset)} · {escape(whose)}</span>"
    return f'<div class="run line">{name_of(run)}{details}{below}</div>'


def _course(run: RunRecord) -> str:
    """How far it is, as HTML."""
    plan, left = run.history.plan, run.history.seconds_left
    if run.state == "queued" or plan is None:
        return escape(text("runs.preparing"))
    epoch = min(len(run.history.epochs) + 1, plan.epochs)
    if left is None or run.state == "paused":
        details = text("live.epoch", epoch=epoch, epochs=plan.epochs)
    else:
        details = text("runs.pace", epoch=epoch, epochs=plan.epochs, left=format_duration(left))
    return f"{badge_of(run)} {escape(details)}"


def _row(run: RunRecord) -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"runs-row-line-{run.id}")
