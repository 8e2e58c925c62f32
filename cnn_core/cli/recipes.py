"""`recipes`: list the recipes."""

from __future__ import annotations

import json

import click

from cnn_core.architecture import compute_anatomy
from cnn_core.experiment.recipes import RECIPES, Recipe


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every field, as one JSON list.")
def recipes(as_json: bool) -> None:
    """List the published recipes with their parameters and settings."""
    if as_json:
        click.echo(json.dumps([_describe(recipe) for recipe in RECIPES], indent=2))
        return
    for recipe in RECIPES:
        training = recipe.experiment.training
        parameters = compute_anatomy(recipe.experiment.architecture).parameters
        published = f"published {recipe.published:.4f}" if recipe.published else ""
        click.echo(
            f"{recipe.short:<8} {recipe.id:<22} {parameters:>9,} parameters  {training.optimizer.kind} "
            f"{training.learning_rate:g}, {training.loss}, batch {training.batch_size}, "
            f"epochs {training.epochs}  {published}".rstrip()
        )


def _describe(recipe: Recipe) -> dict[str, object]:
    anatomy = compute_anatomy(recipe.experiment.architecture)
    return {
        "short": recipe.short,
        "id": recipe.id,
        "title": recipe.title,
        "source": recipe.source,
        "published": recipe.published,
        "parameters": anatomy.parameters,
        "layers": [{"name": r.name, "kind": r.kind, "parameters": r.parameters} for r in anatomy.rows],
        "experiment": recipe.experiment.model_dump(mode="json"),
    }
