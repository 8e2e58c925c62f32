"""Removes what is on paper besides digits: ruled lines, paper edges, dirt."""

from __future__ import annotations

import numpy as np

from cnn_core.data.photo.segments import Piece, find_runs, label_pieces

_SMALLEST_SIDE = 64  # below it, a printed line looks like a stroke
_LARGEST_GRAIN = 14  # pixels
_THICKEST_LINE = 0.025  # of the image's side
_STEEPEST = 0.2  # about 11 degrees
_LEAST_COVERED = 0.55  # of a line's way through the image


def remove_lines(ink: np.ndarray) -> np.ndarray:
    """The ink (H, W) without the lines of ruled or squared paper, also tilted by up to 11 degrees.

    A line is thin and runs through nearly the whole image, and there are two of them at least, side by side.
    Strokes that cross it stay: there the ink is thicker than the line. Without lines the very array comes back.
    """
    if min(ink.shape) < _SMALLEST_SIDE:
        return ink
    level = _find_line_pixels(ink > 0)
    upright = _find_line_pixels((ink > 0).T).T
    if not (level.any() or upright.any()):
        return ink
    return np.where(level | upright, np.float32(0), ink)


def _find_line_pixels(mask: np.ndarray) -> np.ndarray:
    """bool (H, W): pixels of the lines that run from the left to the right."""
    height, width = mask.shape
    found = np.zeros(mask.shape, bool)
    columns, starts, ends = find_runs(mask.T)  # runs down each column: as long as a line is thick
    thin = ends - starts <= max(3.0, _THICKEST_LINE * height)
    columns, starts, ends = columns[thin], starts[thin], ends[thin]
    if columns.size < width:
        return found
    centres = (starts + ends - 1) / 2
    slope, lines = _find_lines(columns, centres, height, width)
    if len(lines) < 2:
        return found
    places = centres - slope * columns
    nearest = np.abs(places[:, np.newaxis] - lines).min(axis=1)
    on_line = nearest <= 2.5 + 0.004 * width
    thickness = float(np.median((ends - starts)[on_line]))
    erased = on_line & (ends - starts <= 1.6 * thickness + 1)
    for column, start, end in zip(columns[erased], starts[erased], ends[erased], strict=True):
        found[start:end, column] = True
    return found


def _find_lines(columns: np.ndarray, centres: np.ndarray, height: int, width: int) -> tuple[float, np.ndarray]:
    """The common slope of the lines, and where each meets the left edge; by the Hough transform."""
    from scipy import ndimage

    best: tuple[float, float, np.ndarray] = (0.0, 0.0, np.zeros(0))
    margin = max(4, width // 16)
    ends = (columns < margin).astype(float), (columns >= width - margin).astype(float)
    for slope in np.arange(-_STEEPEST, _STEEPEST, 2.0 / width):
        reach = int(_STEEPEST * width) + 2
        bins = np.rint(centres - slope * columns).astype(int) + reach
        counts, left, right = (_count(bins, weights, height + 2 * reach) for weights in (None, *ends))
        places = np.arange(len(counts)) - reach
        way = _way_inside(places, slope, height, width)
        covered = np.where(way >= width / 3, counts / np.maximum(way, 1), 0.0)
        # A tall digit covers much of a line's way too, but does not go on to both edges of the image.
        whole = np.where(way > 0.99 * width, np.minimum(left, right) > 0.4 * margin, covered > 0.75)
        peaks = (
            (covered >= _LEAST_COVERED)
            & whole
            & (covered == ndimage.maximum_filter1d(covered, size=7, mode="constant"))
        )
        strength = float((covered[peaks] ** 2).sum())
        if strength > best[0]:
            best = strength, float(slope), places[peaks].astype(float)
    return best[1], best[2]


def _count(bins: np.ndarray, weights: np.ndarray | None, length: int) -> np.ndarray:
    """Votes per bin, including adjacent bins."""
    counts = np.bincount(bins, weights, minlength=length).astype(float)
    counts[1:-1] = counts[:-2] + counts[1:-1] + counts[2:]
    return counts


def _way_inside(places: np.ndarray, slope: float, height: int, width: int) -> np.ndarray:
    """How many columns a line from each place on the left edge stays within the image."""
    ends = places + slope * width
    inside = np.clip(np.minimum(np.maximum(places, ends), height) - np.maximum(np.minimum(places, ends), 0), 0, None)
    return width * np.where(places == ends, 1.0, inside / np.maximum(np.abs(ends - places), 1e-9))


def has_marks(ink: np.ndarray) -> bool:
    """Whether there are lines, or many faint marks, on an otherwise clean sheet."""
    labels, pieces = label_pieces(ink > 0)
    faint = _peaks(ink, labels, len(pieces))[1:] < 0.5
    return int(faint.sum()) > 8 or _is_grain(pieces, ink) or remove_lines(ink) is not ink


def _is_grain(pieces: list[Piece], ink: np.ndarray) -> bool:
    """Whether there are only specks of paper or camera noise."""
    large = max((piece.box.size for piece in pieces), default=0)
    most = _LARGEST_GRAIN if len(pieces) > 30 else _LARGEST_GRAIN // 2
    return large <= most and min(ink.shape) >= 2 * _SMALLEST_SIDE


def _peaks(ink: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Maximum ink of each component; index 0 is the background."""
    peaks = np.zeros(count + 1, np.float32)
    np.maximum.at(peaks, labels, ink)
    return peaks


def remove_dirt(ink: np.ndarray) -> np.ndarray:
    """Removes paper edges, frames, faint marks and specks."""
    labels, pieces = label_pieces(ink > 0)
    if not pieces or _is_grain(pieces, ink):
        return np.zeros_like(ink)
    peaks = _peaks(ink, labels, len(pieces))
    least = max(0.004 * max(piece.area for piece in pieces), 8 if min(ink.shape) >= 2 * _SMALLEST_SIDE else 0)
    kept = np.zeros(len(pieces) + 1, bool)
    for piece in pieces:
        kept[piece.number] = peaks[piece.number] >= 0.6 and piece.area > least
    for piece in pieces:
        if kept[piece.number] and _is_edge(piece, labels, len(pieces)):
            kept[piece.number] = False
    return np.where(kept[labels], ink, np.float32(0))


def _is_edge(piece: Piece, labels: np.ndarray, count: int) -> bool:
    """An edge of the sheet or a frame: lies along the image's edge, or goes around everything else."""
    height, width = labels.shape
    box = piece.box
    along = [
        (box.top == 0, labels[0], width),
        (box.left == 0, labels[:, 0], height),
        (box.bottom == height, labels[-1], width),
        (box.right == width, labels[:, -1], height),
    ]
    if min(height, width) >= _SMALLEST_SIDE and any(
        touches and (line == piece.number).sum() > 0.25 * length for touches, line, length in along
    ):
        return True
    solid = piece.area > 0.6 * box.height * box.width and 2 * min(box.height, box.width) > box.size
    if count > 1 and solid and any(touches for touches, _, _ in along):  # a corner of what the sheet lies on
        return True
    around = box.height >= 0.7 * height and box.width >= 0.7 * width
    if not around or count < 2:
        return False
    margin = max(2, round(0.12 * min(box.height, box.width)))
    inner = labels[box.top + margin : box.bottom - margin, box.left + margin : box.right - margin]
    return bool((inner == piece.number).sum() < 0.1 * piece.area and (inner > 0).any())
