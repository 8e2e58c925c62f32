"""Estimated against actual time of R1 to R5, a race, a sweep and four lessons: `python -m benchmarks estimates`.

Each is estimated right before it begins, as the pages do, by calibration and by what was trained up to then.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from cnn_core.comparison.race import fit_experiment, plan_race
from cnn_core.data.datasets.catalog import choose_dataset
from cnn_core.execution import LocalExecutor
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import find_recipe
from cnn_core.learning.lessons import build_steps, list_lessons
from cnn_core.runs.calibration import read_calibration
from cnn_core.runs.store import RunStore

_ARTICLES = ("R1", "R2", "R3", "R4", "R5")
_LESSONS = ("no-pooling", "how-many-filters", "learning-rate", "batch-size")
_TRIALS = 4
_FACTOR = 2.0


def measure_estimates(epochs: int) -> None:
    """Trains each recipe for that many epochs, on MNIST where it is here, and the others on `digits`."""
    with TemporaryDirectory() as scratch:
        store = RunStore(Path(scratch))
        executor = LocalExecutor(store)
        executor.warm_up()
        try:
            while read_calibration(store.runs_dir) is None:
                time.sleep(0.5)
            for name, experiments in _list_work(epochs):
                executor.warm_up()
                estimate = executor.estimator().estimate_total(experiments, executor.line())
                click.echo(_compare(name, estimate, _train(executor, store, experiments)))
        finally:
            executor.close()


def _list_work(epochs: int) -> Iterator[tuple[str, list[Experiment]]]:
    dataset = choose_dataset()
    for short in _ARTICLES:
        yield short, [find_recipe(short).experiment.on_dataset(dataset).with_training(epochs=epochs)]
    pair = [fit_experiment(find_recipe(short).experiment, "digits", epochs=3) for short in ("R2", "R5")]
    yield "race of 2 with 3 seeds", [start.experiment for start in plan_race(pair, 3, ())]
    base = find_recipe("R5").experiment.on_dataset("digits").with_training(epochs=2)
    yield f"sweep of {_TRIALS}", [base.with_training(learning_rate=0.0005 * (i + 1)) for i in range(_TRIALS)]
    for lesson in list_lessons().lessons:
        if lesson.id in _LESSONS:
            yield f"lesson {lesson.id}", [step.experiment for step in build_steps(lesson, "digits")]


def _train(executor: LocalExecutor, store: RunStore, experiments: list[Experiment]) -> float:
    """Seconds from the first submission until all are complete."""
    started = time.monotonic()
    folders = [executor.submit(experiment) for experiment in experiments]
    while any(store.find(folder.id).is_active for folder in folders):
        time.sleep(0.1)
    return time.monotonic() - started


def _compare(name: str, estimate: float | None, actual: float) -> str:
    if estimate is None:
        return f"{name:<26} estimated unknown   actual {actual:7.1f} s"
    ratio = estimate / actual
    verdict = "met" if 1 / _FACTOR <= ratio <= _FACTOR else "MISSED"
    return f"{name:<26} estimated {estimate:7.1f} s   actual {actual:7.1f} s   ratio {ratio:.2f}   {verdict}"
