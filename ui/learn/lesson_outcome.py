"""Outcome of a lesson: progress, curves, metrics, and verdict."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cnn_core.comparison import Contender
from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.figures.compared_curves import TRAIN, WATCHED, Words, plot_compared_curves
from cnn_core.figures.live_curves import NEUTRAL
from cnn_core.learning.lesson_file import Lesson
from cnn_core.learning.lessons import Step, plan_lesson
from cnn_core.learning.lessons_figures import Figures, show_figure
from cnn_core.learning.verdicts import Verdict, fill_in, judge_steps, show_judged
from cnn_core.palette import style_of
from ui.learn.lesson_links import is_hidden
from ui.server.resources import get_store
from ui.shared.formats import translate_units
from ui.shared.model_picker import sign_of
from ui.shared.plot import Chart, LegendEntry, render_charts
from ui.shared.watches import rerun_with_runs
from ui.text import text, translate_core
from ui.train.live_charts import METRICS


@st.fragment
def render_outcome(lesson: Lesson, dataset: DatasetName, guess: int | None, was_live: bool) -> None:
    """Redraws itself while a run is under way."""
    steps = plan_lesson(lesson, dataset, get_store().list_runs().runs)
    live = any(step.run and step.run.is_active for step in steps)
    rerun_with_runs("lesson", [step.run for step in steps if step.run])
    with st.container():  # one place, filled or not, so that the curves below keep theirs
        if live:
            _render_progress(steps)
        elif all(step.is_done for step in steps):
            verdict, figures = judge_steps(lesson, steps)
            render_verdict(lesson, verdict, figures, guess)
            _render_figures(lesson, steps, figures)
    if not is_hidden("curves"):
        _render_curves(steps)
    if was_live and not live:
        st.rerun()  # the last thing: what is around it depends on whether all have ended


def _render_progress(steps: Sequence[Step]) -> None:
    for step in steps:
        run, name = step.run, translate_core(step.name)
        if run is None:
            continue
        if run.state == "completed":
            st.progress(1.0, text=text("lessons.through", name=name))
        elif run.history.plan is None or run.state == "queued":
            st.progress(0.0, text=text("lessons.waiting", name=name))
        else:
            share = run.history.progress
            st.progress(share, text=text("lessons.training", name=name, share=f"{share:.0%}"))


def render_verdict(lesson: Lesson, verdict: Verdict, figures: Figures, guess: int | None) -> None:
    value, noise = map(translate_units, show_judged(lesson, verdict))
    if verdict.outcome == "noise" and verdict.answer is not None:
        leaning = translate_core(lesson.answers[verdict.answer].says)
        st.warning(text("lessons.noise", value=value, noise=noise, says=leaning), icon=":material/casino:")
    elif verdict.right is None:
        st.warning(text(f"lessons.{verdict.outcome}", value=value), icon=":material/help:")
    else:
        says = translate_core(lesson.answers[verdict.right].says)
        if guess is None:
            st.info(text("lessons.came_out", says=says), icon=":material/science:")
        elif guess == verdict.right:
            st.success(text("lessons.guessed", says=says), icon=":material/check_circle:")
        else:
            st.info(text("lessons.surprise", says=says), icon=":material/lightbulb:")
    if is_hidden("why"):
        return
    if verdict.right is not None and lesson.answers[verdict.right].why:
        st.markdown(translate_units(fill_in(translate_core(lesson.answers[verdict.right].why), figures)))
    if lesson.about:
        st.markdown(translate_core(lesson.about))
    if verdict.right is not None and verdict.noise:
        st.caption(text("lessons.judged", value=value, noise=noise))


def _render_figures(lesson: Lesson, steps: Sequence[Step], figures: Figures) -> None:
    """One row for each experiment."""
    head = [text("lessons.experiment"), *(text(f"lessons.measure_{measure}") for measure in lesson.measures)]
    lines = [f"| {' | '.join(head)} |", f"|---|{'---:|' * len(lesson.measures)}"]
    for step in steps:
        if step.run:
            shown = [translate_units(show_figure(name, figures[step.id][name].value)) for name in lesson.measures]
            lines.append(f"| {sign_of(step.run)} {translate_core(step.name)} | {' | '.join(shown)} |")
    st.markdown("\n".join(lines))
    st.caption(text("lessons.figures_note"))


def _render_curves(steps: Sequence[Step]) -> None:
    shown = [(step, Contender((step.run,))) for step in steps if step.run]
    if not shown:
        return
    contenders, names = [one for _, one in shown], [translate_core(step.name) for step, _ in shown]
    words = Words(text("compare_curves.title_epoch"), text("compare_curves.train"))
    charts = [
        Chart(text(f"curves.{metric}"), plot_compared_curves(contenders, names, metric, "epoch", words))
        for metric in METRICS
    ]
    legend = [
        LegendEntry(one.id, name, style_of(one.style).color, sign=style_of(one.style).sign)
        for one, name in zip(contenders, names, strict=True)
    ]
    legend.append(LegendEntry(WATCHED, text("compare_curves.watched"), NEUTRAL))
    legend.append(LegendEntry(TRAIN, text("compare_curves.train"), NEUTRAL, dash="dot"))
    render_charts(charts, legend, key="lesson-curves")
