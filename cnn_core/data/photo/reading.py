"""Finds the digits in ink: which components belong together, where touching ones are separated, and in which rows.

Each way to divide the ink into digits is a reading. The most probable one is chosen, by the segment classifier's
probability of each part. The choice does not depend on the network that reads the digits afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cnn_core.data.ink import FAINTEST_INK, centre_ink
from cnn_core.data.photo.cutting import cut_touching
from cnn_core.data.photo.pen import thicken_pen
from cnn_core.data.photo.segment_classifier import NOT_A_DIGIT, classify_segments
from cnn_core.data.photo.segments import Box, label_pieces

How = Literal["auto", "one", "several"]
MOST_DIGITS = 200

_SPECK = 0.18  # of a row's height: what is smaller in both directions is part of a digit beside it, or dirt
_NEAR = 0.14  # of a row's height: how far a speck may lie from its digit
_LOWEST = 0.22  # of a row's height: what is lower is no digit
_LEAST_TO_CUT = 0.5  # of a row's height: the width of two digits that touch is larger
_WIDEST = 1.35  # of a row's height: a digit is not wider
_WIDEST_ALONE = 1.8  # of its height: one digit that is all there is
_HIGHEST = 1.8  # of its highest component: a digit is not higher
_SAME_DIGIT = 0.4  # of the smaller component: so much of its box lies in the other's
_MOST_JOINED = 3  # components of one digit, side by side
# Prices in natural logarithms of probability: how much better a reading must be than leaving components as they are.
_CUT, _JOIN, _IGNORE = 1.0, 1.2, 4.0
_ONE_RATHER = 0.5  # all ink is one digit unless another reading is this much better
_UNLIKELY = 5.0  # of what looks like no digit: an odd digit is not separated into parts that are as odd
_MOST_COMPONENTS = 60  # of an image in which touching digits are separated: more are noise
_UNLIKE = float(np.log(0.5))
_UNCERTAIN = float(np.log(0.8))  # a component below it may be several digits that touch


@dataclass(frozen=True, eq=False)
class DetectedDigit:
    """One digit: `box` in pixels of the ink, and `centred` float32 (28, 28), 0–1.

    `log_probability` is that of being one whole digit, as the segment classifier has it.
    """

    box: Box
    centred: np.ndarray
    log_probability: float = 0.0

    @property
    def is_unlike(self) -> bool:
        """Whether it looks like no digit, whichever a network names."""
        return self.log_probability < _UNLIKE


@dataclass(frozen=True, eq=False)
class DetectedDigits:
    """`rows` of digits from the top, each from the left. `ignored` are boxes of ink that is in no digit.

    `rotation` is the angle in degrees counterclockwise, 90, 180 or 270, by which the image reads better; 0 otherwise.
    """

    rows: tuple[tuple[DetectedDigit, ...], ...] = ()
    ignored: tuple[Box, ...] = ()
    rotation: int = 0

    @property
    def digits(self) -> list[DetectedDigit]:
        """All digits in reading order."""
        return [digit for row in self.rows for digit in row]

    @property
    def mean_log_probability(self) -> float:
        digits = self.digits
        return float(np.mean([digit.log_probability for digit in digits])) if digits else -np.inf


@dataclass(eq=False)
class _Atom:
    """Components that belong to one digit for certain, or a part of one that was cut; `ink` is that of its box."""

    box: Box
    ink: np.ndarray
    was_cut: bool = False


def read_digits(ink: np.ndarray, how: How = "auto", with_rotation: bool = False) -> DetectedDigits:
    """Finds the digits in ink float32 (H, W), 0 paper to 1 full ink.

    `how`: "one" takes all ink as one digit, "several" prefers separate digits, and "auto" chooses the most probable
    reading. `with_rotation` also tries the image rotated by quarter turns. No ink gives no rows.

    Example:
        >>> [len(row) for row in read_digits(ink).rows]
        [3, 3]
    """
    if how == "one":
        box = _box_of_ink(ink)
        if box is None:
            return DetectedDigits()
        return DetectedDigits(((_classify(box, _crop(ink, box)),),))
    found = _read(ink, several=how == "several")
    return _with_rotation(ink, found) if with_rotation and found.rows else found


def _read(ink: np.ndarray, several: bool = False) -> DetectedDigits:
    atoms, specks = _find_atoms(ink)
    if not atoms:
        return DetectedDigits(ignored=tuple(specks))
    rows: list[tuple[DetectedDigit, ...]] = []
    ignored, total = list(specks), 0.0
    for row in _split_into_rows(atoms):
        digits, dropped, cost = _read_row(row, several, may_cut=len(atoms) <= _MOST_COMPONENTS)
        ignored += dropped
        total += cost
        if digits:
            rows.append(tuple(digits))
    box = _join_boxes([atom.box for atom in atoms])
    is_one_high = box.height <= _HIGHEST * max(atom.box.height for atom in atoms)
    may_be_one = not several and sum(map(len, rows)) > 1 and is_one_high and box.width <= _WIDEST_ALONE * box.height
    if not rows or may_be_one:
        whole = _classify(box, _compose(atoms, box))
        if not rows or -whole.log_probability <= min(total + _ONE_RATHER, _UNLIKELY):
            return DetectedDigits(((whole,),), tuple(specks))
    return DetectedDigits(tuple(rows), tuple(ignored))


# ---- components


def _find_atoms(ink: np.ndarray) -> tuple[list[_Atom], list[Box]]:
    """Components, merged where one lies within the other, and boxes of specks that belong to none of them."""
    labels, pieces = label_pieces(ink > FAINTEST_INK)
    if not pieces:
        return [], []
    pieces = sorted(pieces, key=lambda piece: -piece.box.size)[: 4 * MOST_DIGITS]
    scale = _typical_size([piece.box.size for piece in pieces], [piece.area for piece in pieces])
    groups = [[piece] for piece in pieces if piece.box.size >= _SPECK * scale]
    while len(fewer := _merge_once(groups, scale)) < len(groups):
        groups = fewer
    boxes = [_join_boxes([piece.box for piece in group]) for group in groups]
    specks = []
    for speck in (piece for piece in pieces if piece.box.size < _SPECK * scale):
        away = [_distance(box, speck.box) for box in boxes]
        nearest = int(np.argmin(away)) if away else -1
        if away and away[nearest] <= _NEAR * scale:
            groups[nearest].append(speck)
        else:
            specks.append(speck.box)
    atoms = []
    for group in groups[:MOST_DIGITS]:
        box = _join_boxes([piece.box for piece in group])
        inside = labels[box.top : box.bottom, box.left : box.right]
        own = np.isin(inside, [piece.number for piece in group])
        atoms.append(_Atom(box, np.where(own, _crop(ink, box), np.float32(0)).astype(np.float32)))
    return atoms, specks


def _merge_once(groups: list[list], scale: float) -> list[list]:
    """Merges each group into the first earlier one of the same digit."""
    merged: list[list] = []
    boxes: list[Box] = []
    for group in groups:
        box = _join_boxes([piece.box for piece in group])
        for place, other in enumerate(boxes):
            if _are_one_digit(other, box, scale):
                merged[place] = merged[place] + group
                boxes[place] = other.joined(box)
                break
        else:
            merged.append(group)
            boxes.append(box)
    return merged


def _are_one_digit(one: Box, other: Box, scale: float) -> bool:
    """Whether components belong together by their places alone: one within the other, or above each other.

    Those side by side are left to the choice of the most probable reading.
    """
    rows, columns = one.overlap(other)
    joined = one.joined(other)
    if 0 <= -rows <= 0.12 * scale and columns >= 0.6 * max(one.width, other.width):
        return joined.height <= 2.2 * scale and joined.height > joined.width  # an 8 whose loops do not meet
    if joined.height > 1.7 * scale or joined.width > 1.5 * scale:
        return False
    smaller = min(one.size, other.size)
    if rows > 0 and columns > 0:  # boxes that share pixels: italics do by a little, parts of a digit by much
        shared = rows * columns > _SAME_DIGIT * min(_area(one), _area(other))
        return smaller < (0.6 if shared else 0.3) * scale
    stacked = columns >= 0.3 * min(one.width, other.width) and rows <= 0
    if stacked and joined.height <= 1.45 * scale:
        return -rows <= (0.22 if smaller < 0.75 * scale else 0.1) * scale
    return smaller < 0.3 * scale and max(-rows, -columns) <= 0.1 * scale


def _typical_size(sizes: Sequence[int], areas: Sequence[int]) -> float:
    """The median size of the components that are not far smaller than the largest ones."""
    given, weight = np.array(sizes, float), np.array(areas, float)  # largest first
    largest = given[np.searchsorted(np.cumsum(weight), weight.sum() / 2)]
    return float(np.median(given[given >= 0.5 * largest]))


# ---- rows


def _split_into_rows(atoms: list[_Atom]) -> list[list[_Atom]]:
    """Atoms side by side form a row, so that a row may climb; rows from the top, atoms from the left.

    An atom that is low, such as the bar of a 5, belongs to the row it lies in or next to.
    """
    rows: list[list[_Atom]] = []
    tall = float(np.median([atom.box.height for atom in atoms]))
    flat = [atom for atom in atoms if atom.box.height < 0.5 * tall]
    for atom in sorted((a for a in atoms if a.box.height >= 0.5 * tall), key=lambda atom: atom.box.left):
        fitting = [(_shared_height(row[-1].box, atom.box), row) for row in rows]
        best = max(fitting, key=lambda pair: pair[0], default=(0.0, []))
        if best[0] >= 0.4:
            best[1].append(atom)
        else:
            rows.append([atom])
    for atom in flat:
        near = min(rows, key=lambda row: min(_row_distance(other.box, atom.box) for other in row))
        near.append(atom)
    for row in rows:
        row.sort(key=lambda atom: atom.box.left + atom.box.right)
    rows.sort(key=lambda row: float(np.mean([(atom.box.top + atom.box.bottom) / 2 for atom in row])))
    return rows


def _row_distance(one: Box, other: Box) -> float:
    rows, columns = one.overlap(other)
    return max(0, -rows) * 2 + max(0, -columns)


def _shared_height(one: Box, other: Box) -> float:
    """The shared fraction of the lower one's height, 0–1."""
    return max(0, one.overlap(other)[0]) / min(one.height, other.height)


# ---- the most probable reading of a row


@dataclass(eq=False)
class _Candidate:
    """Atoms `first` up to, but without, `last` as one digit."""

    first: int
    last: int
    digit: DetectedDigit
    cost: float


def _read_row(row: list[_Atom], several: bool, may_cut: bool) -> tuple[list[DetectedDigit], list[Box], float]:
    """The digits of the most probable reading, ignored boxes, and the cost of the reading."""
    height = _row_height(row)
    whole = [_to_digit(atom.box, atom.ink) for atom in row]
    scores = classify_segments(np.array([digit.centred for digit in whole]))[:, :NOT_A_DIGIT].max(axis=1)
    atoms: list[_Atom] = []
    bounds: list[tuple[int, int, float]] = []  # atoms first..last of an uncut component, and its score
    for atom, score in zip(row, scores, strict=True):
        is_wide = atom.box.width >= _LEAST_TO_CUT * height
        parts = _cut(atom, height) if may_cut and score < _UNCERTAIN and is_wide else []
        if len(parts) > 1:
            bounds.append((len(atoms), len(atoms) + len(parts), float(score)))
            atoms += parts
        else:
            bounds.append((len(atoms), len(atoms) + 1, float(score)))
            atoms.append(atom)
    candidates = _list_candidates(atoms, bounds, height, several)
    return _choose(candidates, atoms, height)


def _cut(atom: _Atom, height: float) -> list[_Atom]:
    """The parts between the possible cuts of a component, from the left."""
    return [
        _Atom(
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


def _list_candidates(
    atoms: list[_Atom], bounds: list[tuple[int, int, float]], height: float, several: bool
) -> list[_Candidate]:
    """Runs of neighboring atoms that may be one digit, each with its cost."""
    component = np.zeros(len(atoms), int)
    for number, (first, last, _) in enumerate(bounds):
        component[first:last] = number
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
    digits = [_to_digit(box, _compose(atoms[first:last], box)) for first, last, box in spans]
    scores = classify_segments(np.array([digit.centred for digit in digits]))[:, :NOT_A_DIGIT].max(axis=1)
    candidates = []
    for (first, last, box), digit, score in zip(spans, digits, scores, strict=True):
        cost = min(-float(score), _UNLIKELY)
        for start, end, _ in bounds:
            cost += 0.5 * _CUT * ((start < first < end) + (start < last < end))
        joined = int(component[last - 1] - component[first])
        cost += joined * (_JOIN + (3.0 if several else 0.0))
        if box.height < _LOWEST * height:
            cost += 2 * _IGNORE
        candidates.append(_Candidate(first, last, DetectedDigit(digit.box, digit.centred, float(score)), cost))
    return candidates


def _choose(
    candidates: list[_Candidate], atoms: list[_Atom], height: float
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


def _row_height(row: list[_Atom]) -> float:
    """The height of a whole digit of the row."""
    heights = sorted((atom.box.height for atom in row), reverse=True)
    return float(np.median([height for height in heights if height >= 0.6 * heights[0]]))


# ---- rotation


def _with_rotation(ink: np.ndarray, found: DetectedDigits) -> DetectedDigits:
    """Notes the quarter turn by which the digits read clearly better; one digit alone may be a 6 or a 9."""
    if len(found.digits) < 2 or found.mean_log_probability > np.log(0.97):
        return found
    best, angle = found.mean_log_probability, 0
    for turns in (1, 2, 3):
        other = _read(np.rot90(ink, turns))
        better = other.mean_log_probability - best
        if len(other.digits) >= 2 and better > 0.15:
            best, angle = other.mean_log_probability, 90 * turns
    return DetectedDigits(found.rows, found.ignored, angle)


# ---- small helpers


def _classify(box: Box, ink: np.ndarray) -> DetectedDigit:
    centred = centre_ink(thicken_pen(ink))
    return DetectedDigit(box, centred, float(classify_segments(centred[np.newaxis])[0, :NOT_A_DIGIT].max()))


def _to_digit(box: Box, ink: np.ndarray) -> DetectedDigit:
    return DetectedDigit(box, centre_ink(thicken_pen(ink)))


def _compose(atoms: list[_Atom], box: Box) -> np.ndarray:
    if len(atoms) == 1:
        return atoms[0].ink
    ink = np.zeros((box.height, box.width), np.float32)
    for atom in atoms:
        rows = slice(atom.box.top - box.top, atom.box.bottom - box.top)
        columns = slice(atom.box.left - box.left, atom.box.right - box.left)
        np.maximum(ink[rows, columns], atom.ink, out=ink[rows, columns])
    return ink


def _crop(ink: np.ndarray, box: Box) -> np.ndarray:
    return np.asarray(ink[box.top : box.bottom, box.left : box.right], np.float32)


def _box_of_ink(ink: np.ndarray) -> Box | None:
    there = ink > FAINTEST_INK
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if not rows.size:
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def _join_boxes(boxes: Sequence[Box]) -> Box:
    joined = boxes[0]
    for box in boxes[1:]:
        joined = joined.joined(box)
    return joined


def _area(box: Box) -> int:
    return box.height * box.width


def _distance(one: Box, other: Box) -> int:
    """Pixels between two boxes, 0 where they touch."""
    rows, columns = one.overlap(other)
    return max(0, -rows, -columns)
