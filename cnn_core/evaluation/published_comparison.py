"""Published figures of a recipe next to those of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnn_core.experiment.published import published_epochs, published_test_loss
from cnn_core.experiment.recipes import RECIPES, Recipe
from cnn_core.runs.store import RunRecord

Figure = Literal["test_accuracy", "test_loss", "train_accuracy", "train_loss"]


@dataclass(frozen=True)
class PublishedFigure:
    """One published figure and that of the run (None if missing); accuracies are fractions."""

    name: Figure
    published: float
    measured: float | None


@dataclass(frozen=True)
class PublishedComparison:
    """Comparison with published figures; `unchanged` if the settings equal the recipe's except the seed."""

    recipe: Recipe
    figures: tuple[PublishedFigure, ...]
    unchanged: bool

    @property
    def has_something(self) -> bool:
        """Whether the article reports any result, as a number or an image."""
        return bool(self.figures or self.recipe.published_note)


def compare_run_with_published(run: RunRecord) -> PublishedComparison | None:
    """None for a run of no recipe, or on another dataset than the article's."""
    recipe = next((recipe for recipe in RECIPES if recipe.id == run.experiment.recipe), None)
    if recipe is None or run.experiment.dataset != recipe.experiment.dataset:
        return None
    result, last = run.history.result or {}, run.history.epochs[-1] if run.history.epochs else {}
    epochs = published_epochs.get(recipe.id)
    rows: tuple[tuple[Figure, float | None, float | None], ...] = (
        ("test_accuracy", recipe.published, result.get("test_accuracy")),
        ("test_loss", published_test_loss.get(recipe.id), result.get("test_loss")),
        ("train_accuracy", epochs.accuracy[-1] if epochs else None, last.get("accuracy")),
        ("train_loss", epochs.loss[-1] if epochs else None, last.get("loss")),
    )
    figures = tuple(PublishedFigure(name, there, here) for name, there, here in rows if there is not None)
    return PublishedComparison(recipe, figures, run.experiment.fingerprint == recipe.experiment.fingerprint)
