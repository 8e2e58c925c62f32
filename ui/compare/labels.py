"""Names of contenders on the Compare page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnn_core.comparison import Contender
from cnn_core.palette import style_of
from ui.shared.model_picker import format_accuracy, origin_of, sign_of
from ui.text import text
from ui.text.plain import plain


def label_contenders(contenders: Iterable[Contender]) -> dict[str, str]:
    """A label of its own for each id, to choose by: sign, name, dataset, mean accuracy, repeats, origin."""
    labels: dict[str, str] = {}
    taken: set[str] = set()
    for one in sorted(contenders, key=lambda one: one.first.created):
        accuracies = one.accuracies
        shown = format_accuracy(sum(accuracies) / len(accuracies)) if accuracies else text(f"states.{one.first.state}")
        seeds = len(one.finished)  # repeats of a seed and unfinished runs are no part of the accuracy shown
        repeats = f" × {seeds}" if seeds > 1 else ""
        label = f"{style_of(one.style).sign} {one.name} · {one.experiment.dataset} · {shown}{repeats}"
        label += f" · {origin_of(one.first)}"
        while label in taken:
            label += " ′"
        taken.add(label)
        labels[one.id] = label
    return labels


def name_contenders(contenders: Sequence[Contender]) -> list[str]:
    """Short names that differ: dataset and origin are added where two names are alike, then primes."""
    names = [one.name for one in contenders]
    labels: list[str] = []
    for one in contenders:
        name = one.name
        if names.count(name) > 1:
            name = f"{name} · {one.experiment.dataset} · {origin_of(one.first)}"
        while name in labels:
            name += " ′"
        labels.append(name)
    return labels


def head_contenders(contenders: Sequence[Contender]) -> list[str]:
    """The names with their colored signs, as Markdown."""
    return [
        f"{sign_of(one.first)} {plain(name)}" for one, name in zip(contenders, name_contenders(contenders), strict=True)
    ]
