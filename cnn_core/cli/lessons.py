"""`lessons`: run the lessons of the Learn page; the figures in their texts come from this command."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click

from cnn_core.cli.progress import TerminalProgress
from cnn_core.cli.quiet import load_tensorflow_quietly
from cnn_core.data.datasets.catalog import DEFAULT_DATASET, OFFLINE_DATASET, DatasetName
from cnn_core.errors import RunError
from cnn_core.learning.lesson_file import Lesson
from cnn_core.learning.lessons import list_lessons, offered, plan_lesson
from cnn_core.learning.lessons_figures import Figures, show_figure
from cnn_core.learning.verdicts import Verdict, expected, fill_in, judge, judge_steps, show_judged
from cnn_core.runs import RunStore, default_runs_dir

_OUTCOMES = {
    "noise": "It can't be told here: chance alone could make such a difference.",
    "missing": "It can't be told: a figure is missing.",
    "outside": "None of the answers.",
}


@click.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--all", "every", is_flag=True, help="Run all lessons.")
@click.option(
    "--dataset", type=click.Choice((OFFLINE_DATASET, DEFAULT_DATASET)), default=OFFLINE_DATASET, show_default=True
)
@click.option("--runs-dir", type=click.Path(path_type=Path), help="Default: CNN_LAB_RUNS_DIR, or ./runs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each lesson and nothing else.")
def lessons(ids: tuple[str, ...], every: bool, dataset: DatasetName, runs_dir: Path | None, as_json: bool) -> None:
    """Run lessons by their IDs and print figures and verdict; without an ID, list them (docs/lessons.md).

    A run that is there already with the same settings and seed is not made again.
    """
    found = list_lessons()
    for problem in found.problems:
        click.echo(str(problem), err=True)
    chosen = list(found.lessons) if every else [found.find(lesson_id) for lesson_id in ids]
    if not chosen:
        _list(list(found.lessons), as_json)
        return
    load_tensorflow_quietly()
    store = RunStore(runs_dir or default_runs_dir())
    for lesson in chosen:
        if lesson.look or dataset in offered(lesson):
            _run(lesson, dataset, store, as_json)
        else:
            click.echo(f"{lesson.id}: not made for {dataset}", err=True)


def _list(known: list[Lesson], as_json: bool) -> None:
    for lesson in known:
        entry = {"lesson": lesson.id, "title": lesson.title, "question": lesson.question}
        click.echo(json.dumps(entry) if as_json else f"{lesson.id:<18} {lesson.title}\n{'':<18} {lesson.question}")


def _run(lesson: Lesson, dataset: DatasetName, store: RunStore, as_json: bool) -> None:
    if lesson.look:
        figures, verdict = _look(lesson, store)
    else:
        verdict, figures = _train(lesson, dataset, store, as_json)
    if as_json:
        click.echo(json.dumps(_summarise(lesson, dataset, figures, verdict)))
    else:
        click.echo(_describe(lesson, dataset, figures, verdict))


def _train(lesson: Lesson, dataset: DatasetName, store: RunStore, quiet: bool) -> tuple[Verdict, Figures]:
    from cnn_core.training.engine import train_run

    for step in plan_lesson(lesson, dataset, store.list_runs().runs):
        if step.is_done:
            continue
        if step.run:
            raise RunError("Run {run} is under way with the same settings. Wait for it.", run=step.run.id)
        with TerminalProgress(step.experiment.name, quiet=quiet) as progress:
            train_run(store.create(step.experiment), progress.on_event)
    return judge_steps(lesson, plan_lesson(lesson, dataset, store.list_runs().runs))


def _look(lesson: Lesson, store: RunStore) -> tuple[Figures, Verdict]:
    from cnn_core.inspection import load_probe
    from cnn_core.learning.lessons_looks import look

    assert lesson.look is not None
    figures = look(lesson.look, load_probe(store.find(lesson.look.run).folder))
    return figures, judge(lesson, figures)


def _describe(lesson: Lesson, dataset: DatasetName, figures: Figures, verdict: Verdict) -> str:
    lines = [f"\n{lesson.title} ({lesson.look.run if lesson.look else dataset})", lesson.question]
    for name, its in figures.items():
        shown = "  ".join(f"{measure} {show_figure(measure, figure.value)}" for measure, figure in its.items())
        lines.append(f"  {name:<14} {shown}")
    value, noise = show_judged(lesson, verdict)
    lines.append(f"  {lesson.rule.how} of {lesson.rule.measure}: {value} ± {noise}")
    if verdict.right is None:
        return "\n".join([*lines, _OUTCOMES[verdict.outcome]])
    answer = lesson.answers[verdict.right]
    return "\n".join([*lines, f"Right: {answer.says}", *filter(None, [fill_in(answer.why, figures)])])


def _summarise(lesson: Lesson, dataset: DatasetName, figures: Figures, verdict: Verdict) -> dict[str, Any]:
    return {
        "lesson": lesson.id,
        "dataset": dataset,
        "figures": {name: {m: _plain(f.value) for m, f in its.items()} for name, its in figures.items()},
        "outcome": verdict.outcome,
        "value": _plain(verdict.value),
        "noise": _plain(verdict.noise),
        "answer": None if verdict.right is None else verdict.right + 1,
        "says": None if verdict.right is None else lesson.answers[verdict.right].says,
        "as_when_written": verdict.right == expected(lesson, OFFLINE_DATASET if lesson.look else dataset),
    }


def _plain(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
