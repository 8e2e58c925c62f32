"""The most probable reading of one row: which components are joined, cut, or ignored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.data.photo.components import Atom, compose_ink
from cnn_core.data.photo.cutting import cut_touching
from cnn_core.data.photo.detected import DetectedDigit, classify_digits
from cnn_core.data.photo.segments import Box

UNLIKELY = 5.0  # of what looks like no digit: an odd digit is not separated into parts that are as odd

_LOWEST = 0.22  # of a row's height: what is lower is no digit
_LEAST_TO_CUT = 0.5  # of a row's height: the width of two digits that touch is larger
_WIDEST = 1.35  # of a row's height: a digit is not wider
_MOST_JOINED = 3  # components of one digit, side by side
# Prices in natural logarithms of probability: how much better a reading must be than leaving components as they are.
_CUT, _JOIN, _IGNORE = 1.0, 1.2, 4.0
_UNCERTAIN = float(np.log(0.8))  # a component below it may be several digits that touch


@dataclass(eq=False)
class _Candidate:
    """Atoms `first` up to, but without, `last` as one digit."""

    first: int
    last: int
    digit: DetectedDigit
    cost: float


def read_row(row: Sequence[Atom], several: bool, may_cut: bool) -> tuple[list[DetectedDigit], list[Box], float]:
    """The digits of the most probable reading, ignored boxes, and the cost of the reading.

    `several` prefers separate digits; `may_cut` separates digits that touch.
    """
    height = _row_height(row)
    whole = classify_digits([atom.box for atom in row], [atom.ink for atom in row])
    atoms: list[Atom] = []
    component: list[int] = []  # of each atom: the number of the uncut one
    for number, (atom, digit) in enumerate(zip(row, whole, strict=True)):
        is_wide = atom.box.width >= _LEAST_TO_CUT * height
        parts = _cut(atom, height) if may_cut and digit.log_probability < _UNCERTAIN and is_wide else []
        atoms += parts if len(parts) > 1 else [atom]
        component += [number] * max(1, len(parts))
    return _choose(_list_candidates(atoms, component, height, several), atoms, height)


def _cut(atom: Atom, height: float) -> list[Atom]:
    """The parts between the possible cuts of a component, from the left."""
    return [
        Atom(
            Box(
                atom.box.top + top,
                atom.box.left + left,
                atom.box.top + top + ink.shape[0],
                atom.box.left + left + ink.shape[1],
            ),
            ink,
            was_cut=True,
        )
        for top, left, ink in cut_touching(atom.ink, height)
    ]


def _list_candidates(atoms: list[Atom], component: list[int], height: float, several: bool) -> list[_Candidate]:
    """Runs of neighboring atoms that may be one digit, each with its cost."""
    spans = []
    for first in range(len(atoms)):
        box = atoms[first].box
        for last in range(first + 1, len(atoms) + 1):
            box = box.joined(atoms[last - 1].box)
            if box.width > _WIDEST * height and last - first > 1:
                break
            if component[last - 1] - component[first] >= _MOST_JOINED:
                break
            spans.append((first, last, box))
    digits = classify_digits(
        [box for _, _, box in spans], [compose_ink(atoms[first:last], box) for first, last, box in spans]
    )
    candidates = []
    for (first, last, box), digit in zip(spans, digits, strict=True):
        cost = min(-digit.log_probability, UNLIKELY)
        for end in (first, last):  # a cut lies between two digits, so each pays for half of it
            is_cut = 0 < end < len(atoms) and component[end - 1] == component[end]
            cost += 0.5 * _CUT * is_cut
        cost += (component[last - 1] - component[first]) * (_JOIN + (3.0 if several else 0.0))
        if box.height < _LOWEST * height:
            cost += 2 * _IGNORE
        candidates.append(_Candidate(first, last, digit, cost))
    return candidates


def _choose(
    candidates: list[_Candidate], atoms: Sequence[Atom], height: float
) -> tuple[list[DetectedDigit], list[Box], float]:
    """The cheapest way to cover all atoms by candidates, or to ignore some, by dynamic programming."""
    count = len(atoms)
    cost = np.full(count + 1, np.inf)
    cost[0] = 0.0
    origin: list[_Candidate | None] = [None] * (count + 1)
    by_last: dict[int, list[_Candidate]] = {}
    for candidate in candidates:
        by_last.setdefault(candidate.last, []).append(candidate)
    for last in range(1, count + 1):
        atom = atoms[last - 1]
        size = atom.box.size / height
        cost[last] = cost[last - 1] + _IGNORE * max(0.25, size) * (3.0 if atom.was_cut else 1.0)
        for candidate in by_last.get(last, ()):
            if cost[candidate.first] + candidate.cost < cost[last]:
                cost[last] = cost[candidate.first] + candidate.cost
                origin[last] = candidate
    digits: list[DetectedDigit] = []
    ignored: list[Box] = []
    last = count
    while last > 0:
        chosen = origin[last]
        if chosen is None:
            ignored.append(atoms[last - 1].box)
            last -= 1
        else:
            digits.append(chosen.digit)
            last = chosen.first
    return digits[::-1], ignored[::-1], float(cost[count])


def _row_height(row: Sequence[Atom]) -> float:
    """The height of a whole digit of the row."""
    heights = sorted((atom.box.height for atom in row), reverse=True)
    return float(np.median([height for height in heights if height >= 0.6 * heights[0]]))
