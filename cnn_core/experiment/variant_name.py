"""Names of changed experiments, such as "R2 + Dropout, cosine"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from cnn_core.architecture.layers import Layer
from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment import Experiment
from cnn_core.experiment.recipes import RECIPES
from cnn_core.experiment.starters import STARTERS
from cnn_core.experiment.training import TrainingConfig

LONGEST = 60
_SHOWN = 2  # changes that are named; of the others only the number
_NO_CHANGE = ("version", "name", "kind", "seed", "highest")  # `highest` follows from the input scaling
_PHRASES = {
    "activation": "{}",
    "batch_size": "batches of {}",
    "clip_norm": "clipping {:g}",
    "epochs": "{} epochs",
    "filters": "{} filters",
    "input_scaling": "{} pixels",
    "kernel_size": "{0}×{0} kernels",
    "label_noise": "{:.0%} label noise",
    "learning_rate": "rate {:g}",
    "loss": "{}",
    "synthetic_samples": "{} other hands",
    "precision": "{}",
    "train_share": "{:.0%} of the data",
    "units": "{} units",
    "validation_split": "{:.0%} held out",
}


def name_variant(experiment: Experiment) -> Experiment:
    """The experiment with a name of its differences from its recipe or starter.

    At most 60 characters, in English as everything in a run's folder. The dataset and the seed are no change, and a
    name that someone gave it themself stays.
    """
    known = {recipe.id for recipe in RECIPES}
    origin = STARTERS.get(experiment.recipe or experiment.architecture.name)
    if origin is None or (experiment.recipe is None and origin.recipe in known):
        return experiment
    short = next((recipe.short for recipe in RECIPES if recipe.id == origin.recipe), origin.name)
    if experiment.name != origin.name and not _is_ours(experiment.name, short):
        return experiment
    added, others = list_changes(experiment, _as_it_was(origin, experiment))
    name = _compose(short, added, others) if added or others else origin.name
    return experiment.model_copy(update={"name": name})


def list_changes(experiment: Experiment, origin: Experiment) -> tuple[list[str], list[str]]:
    """Kinds of the layers that came in, and all else that differs from `origin`, each in a few words."""
    pairs, added, gone = _pair(origin.architecture.layers, experiment.architecture.layers)
    counts = Counter(layer.model_dump()["kind"] for layer in added)
    lost = Counter(layer.model_dump()["kind"] for layer in gone)
    others = [f"without {_times(kind, count)}" for kind, count in lost.items()]
    others += _list_layer_changes(pairs, experiment.architecture, origin.architecture)
    others += _list_training_changes(experiment.training, origin.training)
    return [_times(kind, count) for kind, count in counts.items()], others


def _is_ours(name: str, short: str) -> bool:
    return name.startswith((f"{short} + ", f"{short}, ")) and "·" not in name


def _as_it_was(origin: Experiment, experiment: Experiment) -> Experiment:
    """On the same dataset; a recipe that is there to be quick takes the precision of the machine, which is no change.

    See `Recipe.suited_to`.
    """
    recipe = next((recipe for recipe in RECIPES if recipe.id == origin.recipe), None)
    suited = recipe.suited_to(experiment.training.precision) if recipe else origin
    return suited.on_dataset(experiment.dataset)


def _compose(short: str, added: Sequence[str], others: Sequence[str]) -> str:
    changes = [*(f" + {kind}" for kind in added), *(f", {change}" for change in others)]
    more = f", {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    name = short + "".join(changes[:_SHOWN]) + more
    return name if len(name) <= LONGEST else f"{short}, changed ({len(changes)})"


def _pair(
    before: Sequence[Layer], after: Sequence[Layer]
) -> tuple[list[tuple[Layer, Layer]], list[Layer], list[Layer]]:
    """(before, after) of what is one layer, by name or else by kind and order; what came in; what went."""
    left = {layer.name: layer for layer in before}
    pairs: list[tuple[Layer, Layer]] = []
    added: list[Layer] = []
    for layer in after:
        if type(left.get(layer.name)) is type(layer):
            pairs.append((left.pop(layer.name), layer))
        else:
            added.append(layer)
    for layer in list(added):
        renamed = next((name for name, old in left.items() if type(old) is type(layer)), None)
        if renamed is not None:
            pairs.append((left.pop(renamed), layer))
            added.remove(layer)
    return pairs, added, list(left.values())


def _list_layer_changes(
    pairs: Sequence[tuple[Layer, Layer]], now: ArchitectureSpec, then: ArchitectureSpec
) -> Iterator[str]:
    places = {layer.name: index for index, layer in enumerate(then.layers)}
    order = [places[old.name] for old, _ in sorted(pairs, key=lambda pair: now.layers.index(pair[1]))]
    if order != sorted(order):
        yield "another order"
    changed: dict[tuple[str, Any], list[str]] = {}  # (field, value) → the layers that have it now
    for old, new in pairs:
        for field, value in _differing(new, old):
            changed.setdefault((field, value), []).append(new.name)
    for (field, value), names in changed.items():
        several = sum(field in type(layer).model_fields for layer in now.layers) > 1
        whose = f"{names[0]} " if len(names) == 1 and several else ""
        yield whose + _say(field, value)
    if any(old.name != new.name for old, new in pairs):
        yield "other layer names"
    if now.data_format != then.data_format:
        yield now.data_format


def _list_training_changes(now: TrainingConfig, then: TrainingConfig) -> Iterator[str]:
    changes = dict(_differing(now, then))
    epochs = changes.pop("epochs", None)  # the least of the changes: it comes last
    for field, value in changes.items():
        old = getattr(then, field)
        if field == "learning_rate" and now.optimizer.kind != then.optimizer.kind:
            if value != now.optimizer.default_rate:  # else it came along with the optimizer
                yield _say(field, value)
        elif not isinstance(value, BaseModel):
            yield _say(field, value)
        elif type(value) is type(old):
            yield from (f"{knob} {_plain(setting)}" for knob, setting in _differing(value, old))
        else:
            yield value.model_dump()["kind"].replace("_", " ")
    if epochs is not None:
        yield _say("epochs", epochs)


def _differing(new: BaseModel, old: BaseModel) -> Iterator[tuple[str, Any]]:
    for field in type(new).model_fields:
        if field not in _NO_CHANGE and getattr(new, field) != getattr(old, field):
            yield field, getattr(new, field)


def _say(field: str, value: Any) -> str:
    if field == "epochs" and value == 1:
        return "1 epoch"
    if field in _PHRASES:
        return _PHRASES[field].format(value)
    words = field.replace("_", " ")
    if isinstance(value, bool):
        return words if value else f"no {words.removeprefix('use ')}"
    return f"{words} {_plain(value)}"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _times(kind: str, count: int) -> str:
    return kind if count == 1 else f"{count} × {kind}"
