"""Components of ink: which belong to one digit by their places alone, and in which row they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.data.ink import FAINTEST_INK
from cnn_core.data.photo.segments import Box, Piece, join_boxes, label_pieces

MOST_DIGITS = 200

_SPECK = 0.18  # of a row's height: what is smaller in both directions is part of a digit beside it, or dirt
_NEAR = 0.14  # of a row's height: how far a speck may lie from its digit
_SAME_DIGIT = 0.4  # of the smaller component: so much of its box lies in the other's


@dataclass(eq=False)
class Atom:
    """Components that belong to one digit for certain, or a part of one that was cut; `ink` is that of its box."""

    box: Box
    ink: np.ndarray
    was_cut: bool = False


def find_atoms(ink: np.ndarray) -> tuple[list[Atom], list[Box]]:
    """Components, merged where one lies within the other, and boxes of specks that belong to none of them."""
    labels, pieces = label_pieces(ink > FAINTEST_INK)
    if not pieces:
        return [], []
    pieces = sorted(pieces, key=lambda piece: -piece.box.size)[: 4 * MOST_DIGITS]
    scale = _typical_size([piece.box.size for piece in pieces], [piece.area for piece in pieces])
    groups = [[piece] for piece in pieces if piece.box.size >= _SPECK * scale]
    while len(fewer := _merge_once(groups, scale)) < len(groups):
        groups = fewer
    boxes = [join_boxes(piece.box for piece in group) for group in groups]
    specks = []
    for speck in (piece for piece in pieces if piece.box.size < _SPECK * scale):
        away = [box.distance(speck.box) for box in boxes]
        nearest = int(np.argmin(away)) if away else -1
        if away and away[nearest] <= _NEAR * scale:
            groups[nearest].append(speck)
        else:
            specks.append(speck.box)
    atoms = []
    for group in groups[:MOST_DIGITS]:
        box = join_boxes(piece.box for piece in group)
        own = np.isin(box.crop(labels), [piece.number for piece in group])
        atoms.append(Atom(box, np.where(own, box.crop(ink), np.float32(0)).astype(np.float32)))
    return atoms, specks


def _merge_once(groups: list[list[Piece]], scale: float) -> list[list[Piece]]:
    """Merges each group into the first earlier one of the same digit."""
    merged: list[list[Piece]] = []
    boxes: list[Box] = []
    for group in groups:
        box = join_boxes(piece.box for piece in group)
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
        shared = rows * columns > _SAME_DIGIT * min(one.area, other.area)
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


def split_into_rows(atoms: list[Atom]) -> list[list[Atom]]:
    """Atoms side by side form a row, so that a row may climb; rows from the top, atoms from the left.

    An atom that is low, such as the bar of a 5, belongs to the row it lies in or next to.
    """
    rows: list[list[Atom]] = []
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


def compose_ink(atoms: Sequence[Atom], box: Box) -> np.ndarray:
    """The ink of several atoms within `box`, which is around all of them."""
    if len(atoms) == 1:
        return atoms[0].ink
    ink = np.zeros((box.height, box.width), np.float32)
    for atom in atoms:
        rows = slice(atom.box.top - box.top, atom.box.bottom - box.top)
        columns = slice(atom.box.left - box.left, atom.box.right - box.left)
        np.maximum(ink[rows, columns], atom.ink, out=ink[rows, columns])
    return ink
