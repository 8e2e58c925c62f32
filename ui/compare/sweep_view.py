"""One sweep: progress, best trial, importance, and all trials."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial

import streamlit as st

from cnn_core.comparison.contenders import group_runs
from cnn_core.errors import CnnLabError
from cnn_core.figures.sweep import SweepWords, format_value, plot_best_so_far, plot_importance, plot_trials
from cnn_core.sweeps import Importance, SweepRecord, Trial, compute_importance
from cnn_core.sweeps.record import UNDER_WAY, compute_selection_interval, count_selection_images
from ui.compare.sweep_knobs import name_knob
from ui.compare.sweep_orders import render_orders
from ui.compare.sweep_table import render_trials
from ui.compare.verdict import judge, summarise
from ui.components import read_asset
from ui.server.resources import get_store, get_sweeps
from ui.shared.model_picker import format_accuracy
from ui.shared.plot import render_figure
from ui.shared.watches import rerun_on_change
from ui.text import enumerate_words, explain, join_sentences, text
from ui.text.plain import plain

_LINES_AT_LEAST = 2


def render_shown_sweep(sweep: SweepRecord) -> None:
    """Redraws itself while the sweep is under way."""
    _render(sweep.id, sweep.is_active)


@st.fragment
def _render(sweep_id: str, was_active: bool) -> None:
    try:
        sweep = get_sweeps().find(sweep_id)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    read = partial(_read_revision, sweep_id)
    rerun_on_change("sweep", _revision_of(sweep), read if sweep.is_active else None)
    _render_progress(sweep)
    _render_best(sweep)
    ask = render_orders(sweep)
    _render_figures(sweep)
    render_trials(sweep)
    _render_refusals(sweep)
    if ask:
        ask()
    if was_active != sweep.is_active:
        st.rerun()  # the last thing: the page names the sweep's state too


def _read_revision(sweep_id: str) -> tuple[object, ...]:
    return _revision_of(get_sweeps().find(sweep_id))


def _revision_of(sweep: SweepRecord) -> tuple[object, ...]:
    """Another one when the sweep changes, or the epoch of a trial under way."""
    return sweep.state, sweep.reason, sweep.trials, _list_trained(sweep)


def _render_progress(sweep: SweepRecord) -> None:
    counts, over = sweep.counts, sweep.over
    parts = [text("sweep.progress", over=over, total=max(sweep.total, over), state=text(f"sweep.is_{sweep.state}"))]
    parts += [
        text(f"sweep.count_{state}", count=counts[state])
        for state in ("pruned", "skipped", "stopped", "failed")
        if counts[state]
    ]
    share = 1.0 if sweep.state == "completed" else over / max(sweep.total, over, 1)
    st.progress(min(1.0, share), text=" · ".join(parts))
    with st.container():  # one place, filled or not: what stands below keeps its own
        if sweep.is_active:
            st.caption(_describe_flying(sweep) or text("sweep.preparing"))
        if sweep.reason:
            st.warning(explain(sweep.reason), icon=":material/report:")
        if sweep.state == "interrupted":
            st.info(text("sweep.interrupted"), icon=":material/pause_circle:")


def _describe_flying(sweep: SweepRecord) -> str:
    """The trials under way, each with its epoch."""
    return join_sentences(
        text(f"sweep.trial_{doing}", trial=number, epoch=epoch, epochs=sweep.spec.epochs)
        for number, doing, epoch in _list_trained(sweep)
    )


def _list_trained(sweep: SweepRecord) -> list[tuple[int, str, int]]:
    """Number, "waits" or "trains", and epoch of each trial under way."""
    found = []
    for trial in sweep.trials:
        if trial.state in UNDER_WAY and trial.run:
            with suppress(CnnLabError):  # deleted or damaged this moment
                run = get_store().find(trial.run)
                epoch = min(len(run.history.epochs) + 1, sweep.spec.epochs)
                found.append((trial.number, "waits" if run.state == "queued" else "trains", epoch))
    return found


def _render_best(sweep: SweepRecord) -> None:
    best, base = sweep.best, sweep.base_trial
    if best is None or best.score is None:
        st.markdown(text("sweep.no_best"))
        return
    values = enumerate_words(
        f"{plain(name_knob(d.info).label)} **{plain(format_value(best.values.get(d.path)))}**" for d in sweep.space
    )
    said = text("sweep.best", trial=best.number, accuracy=format_accuracy(best.score), values=values)
    if best.base:
        said = text("sweep.best_is_base", accuracy=format_accuracy(best.score))
    elif base and base.score is not None:
        said = join_sentences((said, text("sweep.base_has", accuracy=format_accuracy(base.score))))
    st.markdown(f"#### {said}" if not sweep.is_active else said)
    notes = [text(f"sweep.judged_{sweep.spec.metric}", epochs=sweep.spec.epochs)]
    if (interval := compute_selection_interval(sweep, best)) is not None:
        low, high = (format_accuracy(end) for end in (interval.low, interval.high))
        notes.append(text("sweep.interval", images=f"{count_selection_images(sweep):,}", low=low, high=high))
    st.caption(join_sentences(notes))
    if not sweep.is_active and sweep.spec.metric == "validation":
        _render_test(best, base)


def _render_test(best: Trial, base: Trial | None) -> None:
    """Best and baseline on the test set, which had no part in the choice, with the verdict of Compare."""
    if base is None or base.number == best.number or not (best.run and base.run):
        return
    try:
        contenders = [group_runs([get_store().find(trial.run)])[0] for trial in (best, base)]
    except CnnLabError:  # deleted since
        return
    accuracies = [one.accuracies for one in contenders]
    if not all(accuracies):
        return
    shown = [format_accuracy(values[0]) for values in accuracies]
    verdict = judge(contenders)
    names = [text("sweep.the_best", trial=best.number), text("sweep.the_base")]
    st.markdown(join_sentences((text("sweep.on_test", best=shown[0], base=shown[1]), summarise(verdict, names))))
    if verdict.pairs and verdict.order[0] == 1 and verdict.pairs[0].is_sure:
        st.warning(text("sweep.base_wins"), icon=":material/warning:")


def _render_figures(sweep: SweepRecord) -> None:
    scored = [trial for trial in sweep.trials if trial.score is not None]
    if len(scored) < _LINES_AT_LEAST:
        return
    space = tuple(replace(dimension, info=name_knob(dimension.info)) for dimension in sweep.space)
    said = SweepWords(
        accuracy=text("curves.accuracy"),
        trial=text("sweep.trial"),
        best=text("sweep.best_so_far"),
        done=text("sweep.finished"),
        pruned=text("sweep.state_pruned"),
        importance=text("sweep.importance"),
    )
    st.html(f"<style>{read_asset('compare/sweep.css')}</style>")
    st.markdown(f"##### {text('sweep.parallel')}")
    render_figure(plot_trials(space, scored, said, sweep.id), key=f"sweep-trials-{sweep.id}")
    st.caption(text("sweep.parallel_note"))
    left, right = st.columns(2)
    with left:
        render_figure(plot_best_so_far(scored, said, sweep.id), key=f"sweep-best-{sweep.id}")
    with right:
        found = _importance(sweep.id, len(sweep.finished), sweep)
        if found is None:
            st.caption(text("sweep.importance_later"))
        else:
            render_figure(plot_importance(found, space, said, sweep.id), key=f"sweep-importance-{sweep.id}")
            st.caption(text(f"sweep.importance_{found.means}", trials=found.trials))


@st.cache_data(max_entries=64, show_spinner=False)
def _importance(sweep_id: str, finished: int, _sweep: SweepRecord) -> Importance | None:
    """`sweep_id` and `finished` say all that it depends on."""
    del sweep_id, finished
    return compute_importance(_sweep.space, _sweep.trials)


def _render_refusals(sweep: SweepRecord) -> None:
    """Reasons for rejected values with counts."""
    reasons = Counter(_reason(trial) for trial in sweep.trials if trial.state == "skipped")
    if reasons:
        with st.expander(text("sweep.refused", count=sum(reasons.values())), icon=":material/block:"):
            st.markdown("\n".join(f"- {count} × {reason}" for reason, count in reasons.most_common()))


def _reason(trial: Trial) -> str:
    return explain(trial.reason)
