"""A lesson's metrics → which answer was right, or that the result is inconclusive."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.formats import MISSING, format_percent
from cnn_core.learning.lesson_file import FIGURE, OF_A_CHOICE, Lesson
from cnn_core.learning.lessons import Step
from cnn_core.learning.lessons_figures import (
    Figure,
    Figures,
    divide,
    measure_run,
    show_figure,
    show_half_width,
    subtract,
)

# told: one answer fits · noise: chance reaches over to another answer · missing: a figure could not be measured
# outside: no answer of the lesson covers what came out
Outcome = Literal["told", "noise", "missing", "outside"]
_FIRM = "\N{NO-BREAK SPACE}"  # keeps a figure and its sign on one line


@dataclass(frozen=True)
class Verdict:
    """`answer` indexes the lesson's answers: the right one, or with "noise" the one that the figure lies in.

    `value` is the judged figure and `noise` half its 95 % interval; with "highest" and "lowest" the leader's lead.
    """

    outcome: Outcome
    answer: int | None = None
    value: float | None = None
    noise: float = 0.0

    @property
    def right(self) -> int | None:
        return self.answer if self.outcome == "told" else None


def judge_steps(lesson: Lesson, steps: Sequence[Step]) -> tuple[Verdict, Figures]:
    """The figures of the complete runs of a lesson, and the verdict on them."""
    figures = {step.id: measure_run(step.run, lesson.measures, lesson.rule) for step in steps if step.run}
    return judge(lesson, figures), figures


def judge(lesson: Lesson, figures: Figures) -> Verdict:
    """Verdict from metrics."""
    if lesson.rule.how in OF_A_CHOICE:
        return _judge_choice(lesson, figures)
    figure = _judged(lesson, figures)
    if figure.value is None or math.isnan(figure.value):
        return Verdict("missing")
    fitting = _find_answer(lesson, figure.value)
    if fitting is None:
        return Verdict("outside", None, figure.value, figure.noise)
    ends = {_find_answer(lesson, figure.value + side * figure.noise) for side in (-1, 1)}
    return Verdict("told" if ends == {fitting} else "noise", fitting, figure.value, figure.noise)


def _judged(lesson: Lesson, figures: Figures) -> Figure:
    rule, none = lesson.rule, Figure(None)
    first = figures.get(rule.first, {}).get(rule.measure, none)
    if rule.how == "value":
        return first
    second = figures.get(rule.second, {}).get(rule.measure, none)
    return subtract(first, second) if rule.how == "difference" else divide(first, second)


def _find_answer(lesson: Lesson, value: float) -> int | None:
    for index, answer in enumerate(lesson.answers):
        above = answer.low is None or value >= answer.low
        if above and (answer.high is None or value < answer.high):
            return index
    return None


def _judge_choice(lesson: Lesson, figures: Figures) -> Verdict:
    """The leader has to be ahead of each of the others by more than chance."""
    rule = lesson.rule
    sign = 1 if rule.how == "highest" else -1
    measured = {name: its[rule.measure] for name, its in figures.items()}
    values = {name: figure.value for name, figure in measured.items() if figure.value is not None}
    if len(values) < max(2, len(lesson.experiments)):
        return Verdict("missing")
    leader = max(values, key=lambda name: sign * values[name])
    leads = [subtract(measured[leader], figure) for name, figure in measured.items() if name != leader]
    known = [(sign * (lead.value or 0.0), lead.noise) for lead in leads]
    lead, noise = min(known, key=lambda pair: pair[0] - pair[1])
    index = next((i for i, answer in enumerate(lesson.answers) if answer.experiment == leader), None)
    if index is None:
        return Verdict("outside", None, lead, noise)
    return Verdict("told" if lead > noise else "noise", index, lead, noise)


def fill_in(sentence: str, figures: Figures) -> str:
    """`{many.accuracy}` → 93.3 %. What is not known stays a dash; other braces stay as they are."""

    def show(found: re.Match[str]) -> str:
        name, measure = found.groups()
        figure = figures.get(name, {}).get(measure)
        return show_figure(measure, figure.value).replace(" ", _FIRM) if figure else MISSING

    return FIGURE.sub(show, sentence)


def show_judged(lesson: Lesson, verdict: Verdict) -> tuple[str, str]:
    """The judged figure and what chance leaves open of it, as a person reads them."""
    if verdict.value is None:
        return MISSING, MISSING
    if lesson.rule.how == "ratio":
        return f"{verdict.value:.2f}×", f"{verdict.noise:.2f}"
    measure = lesson.rule.measure
    if lesson.rule.how != "value" and measure in ("accuracy", "gap", "change", "top"):
        return format_percent(verdict.value, signed=True), format_percent(verdict.noise)
    return show_figure(measure, verdict.value), show_half_width(measure, verdict.noise)


def expected(lesson: Lesson, dataset: DatasetName) -> int | None:
    """The answer that came out on this dataset when the lesson was written."""
    return next((i for i, answer in enumerate(lesson.answers) if dataset in answer.measured), None)
