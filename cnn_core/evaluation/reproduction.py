"""Table of published and measured accuracies of the recipes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cnn_core.experiment.recipes import RECIPES, Recipe
from cnn_core.runs.store import RunRecord


@dataclass(frozen=True)
class Reproduction:
    """One recipe's row. Accuracies are fractions; `measured` is on the test set, None while there is no run."""

    recipe: Recipe
    measured: float | None
    seconds: float | None
    parameters: int | None


def compare_with_published(runs: Iterable[RunRecord]) -> list[Reproduction]:
    """For each recipe its newest unchanged completed run on MNIST; a user's own before the bundled one."""
    runs = list(runs)
    return [_row(recipe, runs) for recipe in RECIPES]


def find_measured(recipe: Recipe, runs: Iterable[RunRecord]) -> RunRecord | None:
    """The first completed run of the unchanged recipe; a store's list has a user's newest first, the bundled one last.

    As `compare_with_published`, it counts another seed as the same.
    """
    fingerprint = recipe.experiment.fingerprint
    return next((run for run in runs if run.state == "completed" and run.experiment.fingerprint == fingerprint), None)


def format_markdown(rows: Iterable[Reproduction]) -> str:
    """The table as Markdown, as it stands in docs/results.md."""
    lines = [
        "| recipe | architecture | parameters | epochs | published | measured | seconds |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        epochs = row.recipe.experiment.training.epochs
        published = f"{row.recipe.published:.4f}" if row.recipe.published else "—"
        measured = f"{row.measured:.4f}" if row.measured is not None else "—"
        seconds = f"{row.seconds:.0f}" if row.seconds is not None else "—"
        parameters = f"{row.parameters:,}" if row.parameters else "—"
        lines.append(
            f"| {row.recipe.short} | {row.recipe.id} | {parameters} | {epochs} | {published} | {measured} | {seconds} |"
        )
    return "\n".join(lines)


def _row(recipe: Recipe, runs: list[RunRecord]) -> Reproduction:
    best = find_measured(recipe, runs)
    if best is None:
        return Reproduction(recipe, None, None, None)
    return Reproduction(recipe, best.history.test_accuracy, best.history.seconds, best.parameters)
