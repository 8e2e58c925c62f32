"""Groups components of ink into digits in reading order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageFilter

from cnn_core.data.ink import FAINTEST_INK, centre_ink
from cnn_core.data.photo.segments import Box, Piece, find_runs, label_pieces

MOST_DIGITS = 200
_SPECK = 0.18  # of a digit's size: a piece below it in both directions belongs to a digit next to it, or is dirt
_NEAR = 0.22  # of a digit's size: how far a small piece may lie from its digit
_LOWEST = 0.4  # of a digit's size: what is lower is no digit
_THINNEST_PEN = 0.025  # of a digit's size: MNIST's pens are about 0.1; a thinner one fades when scaled down


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of an image: its `box`, and `ink` float32 (height, width) of that box, 0–1."""

    box: Box
    ink: np.ndarray

    @cached_property
    def centred(self) -> np.ndarray:
        """float32 (28, 28), as MNIST's digits were prepared; a very thin pen is made thicker first."""
        return centre_ink(thicken_pen(self.ink))


def find_digits(ink: np.ndarray) -> list[Digit]:
    """Ink (H, W), 0–1 → its digits in reading order: rows from the top, each from the left. Empty for a blank sheet.

    Pieces are one digit where they lie above each other within a digit's height (the bar of a 5), all but touch
    (a stroke that broke), or where one is small and near (a serif). Small pieces far from any digit are dirt.
    """
    labels, pieces = label_pieces(ink > FAINTEST_INK)
    groups = _group(pieces)
    if not groups:
        return []
    return [_cut(ink, labels, group) for group in _in_reading_order(groups)]


def _cut(ink: np.ndarray, labels: np.ndarray, group: list[Piece]) -> Digit:
    box = _box_of(group)
    window = slice(box.top, box.bottom), slice(box.left, box.right)
    inside = labels[window]
    foreign = (inside > 0) & ~np.isin(inside, [piece.number for piece in group])
    return Digit(box, np.where(foreign, np.float32(0), ink[window]).astype(np.float32))


def _group(pieces: list[Piece]) -> list[list[Piece]]:
    if not pieces:
        return []
    pieces = sorted(pieces, key=lambda piece: -piece.box.size)[: 3 * MOST_DIGITS]
    scale = _digit_size(pieces)
    groups = [[piece] for piece in pieces if piece.box.size >= _SPECK * scale][:MOST_DIGITS]
    while (fewer := _merge_once(groups, scale)) != groups:
        groups = fewer
    boxes = [_box_of(group) for group in groups]
    for speck in (piece for piece in pieces if piece.box.size < _SPECK * scale):
        distances = [_distance(box, speck.box) for box in boxes]
        nearest = int(np.argmin(distances))
        if distances[nearest] <= _SPECK / 2 * scale:
            groups[nearest].append(speck)
    tall = [group for group in groups if _box_of(group).height >= _LOWEST * scale]  # not a dash, nor a line's rest
    return tall or groups[:1]


def _merge_once(groups: list[list[Piece]], scale: float) -> list[list[Piece]]:
    """Merges each group into the first earlier group of the same digit."""
    merged: list[list[Piece]] = []
    boxes: list[Box] = []
    for group in groups:
        box = _box_of(group)
        for place, other in enumerate(boxes):
            if _are_one_digit(other, box, scale):
                merged[place] = merged[place] + group
                boxes[place] = other.joined(box)
                break
        else:
            merged.append(group)
            boxes.append(box)
    return merged


def _digit_size(pieces: list[Piece]) -> float:
    """The size of a whole digit: the median of the pieces that are not far smaller than the largest ones."""
    sizes = np.array([piece.box.size for piece in pieces], float)
    weight = np.array([piece.area for piece in pieces], float)
    largest = sizes[np.searchsorted(np.cumsum(weight), weight.sum() / 2)]  # half of all ink lies in pieces as large
    return float(np.median(sizes[sizes >= largest * 0.5]))


def _are_one_digit(one: Box, other: Box, scale: float) -> bool:
    rows, columns = one.overlap(other)
    joined = one.joined(other)
    if 0 <= -rows <= 0.12 * scale and columns >= 0.6 * max(one.width, other.width):
        return joined.height <= 2.2 * scale and joined.height > joined.width  # an 8 whose loops do not meet
    if joined.height > 1.7 * scale or joined.width > 1.5 * scale:
        return False
    smaller = min(one.size, other.size)
    if rows > 0 and columns > 0:  # boxes that share pixels: italics do by a little, parts of a digit by much
        shared = rows * columns / min(one.height * one.width, other.height * other.width)
        return shared > 0.3 or smaller < 0.45 * scale
    stacked = columns >= 0.3 * min(one.width, other.width)
    if stacked and joined.height <= 1.45 * scale:
        return -rows <= (_NEAR if smaller < 0.75 * scale else 0.1) * scale
    if _is_stem_of_4(one, other, scale) or _is_stem_of_4(other, one, scale):
        return True
    return smaller < 0.45 * scale and max(-rows, -columns) <= _NEAR / 2 * scale


def _is_stem_of_4(corner: Box, stem: Box, scale: float) -> bool:
    """Whether a stem stands close to the right of a corner, and lower: a 4 in two strokes that do not meet."""
    rows, columns = corner.overlap(stem)
    lower = stem.left >= corner.right and corner.top < stem.top and corner.bottom < stem.bottom
    slim = stem.width < 0.35 * stem.height
    return lower and slim and -columns <= 0.12 * scale and 0 < rows < 0.65 * min(corner.height, stem.height)


def _distance(one: Box, other: Box) -> int:
    """Pixels between two boxes, 0 where they touch."""
    rows, columns = one.overlap(other)
    return max(0, -rows, -columns)


def _box_of(group: list[Piece]) -> Box:
    box = group[0].box
    for piece in group[1:]:
        box = box.joined(piece.box)
    return box


def _in_reading_order(groups: list[list[Piece]]) -> list[list[Piece]]:
    """Neighbors side by side form a row, so that a row may climb; rows from the top, digits from the left."""
    left = sorted(groups, key=lambda group: _box_of(group).left)
    rows: list[list[list[Piece]]] = []
    for group in left:
        box = _box_of(group)
        fitting = [(_shared_height(_box_of(row[-1]), box), row) for row in rows]
        best = max(fitting, key=lambda pair: pair[0], default=(0.0, []))
        if best[0] >= 0.4:
            best[1].append(group)
        else:
            rows.append([group])
    rows.sort(key=lambda row: float(np.mean([(_box_of(g).top + _box_of(g).bottom) / 2 for g in row])))
    return [group for row in rows for group in row]


def _shared_height(one: Box, other: Box) -> float:
    """How much of the lower one's height both share, 0–1."""
    return max(0, one.overlap(other)[0]) / min(one.height, other.height)


def thicken_pen(ink: np.ndarray) -> np.ndarray:
    """The same ink where its pen is wide enough to be seen at 28×28, else with a wider pen."""
    size = max(ink.shape)
    wanted = _THINNEST_PEN * size
    width = _pen_width(ink)
    if width >= wanted or size < 40:
        return ink
    grow = round((0.08 * size - width) / 2)
    padded = np.pad(ink, grow)
    image = Image.fromarray(np.rint(padded * 255).astype(np.uint8))
    for _ in range(grow):
        image = image.filter(ImageFilter.MaxFilter(3))
    return np.asarray(image, dtype=np.float32) / 255.0


def _pen_width(ink: np.ndarray) -> float:
    """The median length of the runs of ink, along the rows or columns, whichever is shorter."""
    widths = []
    for mask in (ink > 0.5, (ink > 0.5).T):
        _, starts, ends = find_runs(mask)
        if starts.size:
            widths.append(float(np.median(ends - starts)))
    return min(widths, default=float(max(ink.shape)))
