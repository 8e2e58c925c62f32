"""Finds the digits in ink: which components belong together, where touching ones are separated, and in which rows.

Each way to divide the ink into digits is a reading. The most probable one is chosen, by the segment classifier's
probability of each part. The choice does not depend on the network that reads the digits afterwards.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from cnn_core.data.ink import bounds_of_ink
from cnn_core.data.photo.components import compose_ink, find_atoms, split_into_rows
from cnn_core.data.photo.detected import DetectedDigit, DetectedDigits, classify_digits
from cnn_core.data.photo.row_reading import UNLIKELY, read_row
from cnn_core.data.photo.segments import Box, join_boxes

How = Literal["auto", "one", "several"]

_WIDEST_ALONE = 1.8  # of its height: one digit that is all there is
_HIGHEST = 1.8  # of its highest component: a digit is not higher
_ONE_RATHER = 0.5  # all ink is one digit unless another reading is this much better
_MOST_COMPONENTS = 60  # of an image in which touching digits are separated: more are noise


def read_digits(ink: np.ndarray, how: How = "auto", with_rotation: bool = False) -> DetectedDigits:
    """Finds the digits in ink float32 (H, W), 0 paper to 1 full ink.

    `how`: "one" takes all ink as one digit, "several" prefers separate digits, and "auto" chooses the most probable
    reading. `with_rotation` also tries the image rotated by quarter turns. No ink gives no rows.

    Example:
        >>> [len(row) for row in read_digits(ink).rows]
        [3, 3]
    """
    if how == "one":
        rows, columns = bounds_of_ink(ink)
        box = Box(rows.start, columns.start, rows.stop, columns.stop)
        return DetectedDigits((tuple(classify_digits([box], [box.crop(ink)])),) if box.area else ())
    found = _read(ink, several=how == "several")
    return _with_rotation(ink, found) if with_rotation and found.rows else found


def _read(ink: np.ndarray, several: bool = False) -> DetectedDigits:
    atoms, specks = find_atoms(ink)
    if not atoms:
        return DetectedDigits(ignored=tuple(specks))
    rows: list[tuple[DetectedDigit, ...]] = []
    ignored, total = list(specks), 0.0
    for row in split_into_rows(atoms):
        digits, dropped, cost = read_row(row, several, may_cut=len(atoms) <= _MOST_COMPONENTS)
        ignored += dropped
        total += cost
        if digits:
            rows.append(tuple(digits))
    box = join_boxes(atom.box for atom in atoms)
    is_one_high = box.height <= _HIGHEST * max(atom.box.height for atom in atoms)
    may_be_one = not several and sum(map(len, rows)) > 1 and is_one_high and box.width <= _WIDEST_ALONE * box.height
    if not rows or may_be_one:
        [whole] = classify_digits([box], [compose_ink(atoms, box)])
        if not rows or -whole.log_probability <= min(total + _ONE_RATHER, UNLIKELY):
            return DetectedDigits(((whole,),), tuple(specks))
    return DetectedDigits(tuple(rows), tuple(ignored))


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
