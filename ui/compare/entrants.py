"""Who can take part in a race: recipes, starters, the design under work, and experiments that have been trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnn_core.comparison import Contender
from cnn_core.experiment import Experiment
from cnn_core.recipes import RECIPES
from cnn_core.starters import STARTERS
from ui.compare.labels import label_contenders
from ui.state import FIRST_DESIGN, lab
from ui.text import text, word

FIRST_ENTRANTS = (f"starter:{FIRST_DESIGN}", "starter:two-conv-no-pooling")


@dataclass(frozen=True)
class Entrant:
    label: str
    experiment: Experiment


def list_entrants(contenders: Sequence[Contender]) -> dict[str, Entrant]:
    """By key, in the order in which they are offered. An experiment that is a recipe's own is offered once."""
    short = {recipe.id: f"{recipe.short} · {word(recipe.title)}" for recipe in RECIPES}
    entrants = {}
    design = lab().bench.design
    if design not in STARTERS.values():
        entrants["design"] = Entrant(text("compare_race.design", name=design.name), design)
    for name, experiment in STARTERS.items():
        entrants[f"starter:{name}"] = Entrant(short.get(name) or text(f"starters.{name}"), experiment)
    known = {entrant.experiment.fingerprint for entrant in entrants.values()}
    trained = [one for one in contenders if not one.stands_alone and one.first.folder.fingerprint not in known]
    labels = label_contenders(trained)
    return entrants | {f"run:{one.id}": Entrant(labels[one.id], one.experiment) for one in trained}
