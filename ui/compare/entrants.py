"""Possible contenders of a race: recipes, starters, the current design, and trained experiments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnn_core.comparison import Contender
from cnn_core.data.datasets.load import is_available
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES
from cnn_core.experiment.starters import STARTERS
from cnn_core.experiment.variant_name import name_variant
from ui.compare.conditions import DATASET_KEY
from ui.compare.labels import label_contenders
from ui.session.model import FIRST_DESIGN
from ui.session.state import session, set_widget, widget_value
from ui.text import text, translate_core

PANEL_KEY, ENTRANTS_KEY = "race.open", "race.entrants"
_OFFERED = "race.offered"  # what the panel chose by itself last
_FIRST_ENTRANTS = [f"starter:{FIRST_DESIGN}", "starter:two-conv-no-pooling"]


@dataclass(frozen=True)
class Entrant:
    label: str
    experiment: Experiment


def list_entrants(contenders: Sequence[Contender]) -> dict[str, Entrant]:
    """Entrants by key in the offered order, without duplicates of recipes."""
    short = {recipe.id: f"{recipe.short} · {translate_core(recipe.title)}" for recipe in RECIPES}
    entrants = {}
    design = session().draft.design
    if design not in STARTERS.values():
        design = name_variant(design)
        entrants["design"] = Entrant(text("compare_race.design", name=design.name), design)
    for name, experiment in STARTERS.items():
        entrants[f"starter:{name}"] = Entrant(short.get(name) or text(f"starters.{name}"), experiment)
    known = {entrant.experiment.fingerprint for entrant in entrants.values()}
    trained = [one for one in contenders if not one.stands_alone and one.first.folder.fingerprint not in known]
    labels = label_contenders(trained)
    return entrants | {f"run:{one.id}": Entrant(labels[one.id], one.experiment) for one in trained}


def offer_entrants(entrants: dict[str, Entrant], chosen: Sequence[Contender]) -> None:
    """Before the choice is drawn: the experiments that are compared, until the reader has chosen others."""
    kept = widget_value(ENTRANTS_KEY)
    offer = _find_entrants(entrants, chosen)
    if kept is None or (kept == widget_value(_OFFERED) and kept != offer):
        set_widget(ENTRANTS_KEY, offer)
        set_widget(_OFFERED, offer)
        datasets = {one.experiment.dataset for one in chosen}
        if len(datasets) == 1 and is_available(dataset := datasets.pop()):
            set_widget(DATASET_KEY, dataset)
    elif any(key not in entrants for key in kept):  # deleted meanwhile
        set_widget(ENTRANTS_KEY, [key for key in kept if key in entrants])


def _find_entrants(entrants: dict[str, Entrant], chosen: Sequence[Contender]) -> list[str]:
    """Keys of these contenders' experiments; of the first two starters where fewer than two can be had."""
    by_fingerprint = {one.experiment.fingerprint: key for key, one in reversed(entrants.items())}
    prints = [one.first.folder.fingerprint for one in chosen]
    found = list(dict.fromkeys(by_fingerprint[one] for one in prints if one in by_fingerprint))
    return found if len(found) > 1 else list(_FIRST_ENTRANTS)
