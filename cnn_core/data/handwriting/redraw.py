"""Handwriting variations: effects of pen, scanner and paper on an image, one function each.

They take and give uint8 (H, W) gray, 255 full ink on 0 paper, and draw what is random from the generator given.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFilter

from cnn_core.data.handwriting.examples import Stroke, draw_strokes
from cnn_core.data.ink import crop_to_ink

Redraw = Callable[[np.ndarray, np.random.Generator], np.ndarray]
_LARGER = 4  # images are processed at this scale, for half-pixel precision
_MARGIN = 10  # pixels of the small image: a slanted digit keeps its ends
_WIDEST = 2.2  # a lone 1 is not blown up to a square


def pen(pixels: float) -> Redraw:
    """Widens (or thins, below 0) strokes by this many pixels of a 28×28 image on each side."""
    size = 2 * round(abs(pixels) * _LARGER) + 1

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sheet = _enlarge(ink)
        changed = sheet.filter(ImageFilter.MaxFilter(size) if pixels > 0 else ImageFilter.MinFilter(size))
        return np.maximum(np.asarray(changed), np.asarray(sheet) // 3) if pixels < 0 else np.asarray(changed)

    return redraw


def slant(degrees: float) -> Redraw:
    """Random shear up to the given factor."""

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        lean = float(np.tan(np.radians(_away_from_zero(rng, degrees))))
        sheet = _enlarge(ink)
        matrix = (1.0, lean, -lean * sheet.height / 2, 0.0, 1.0, 0.0)
        return np.asarray(sheet.transform(sheet.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC))

    return redraw


def turn(degrees: float) -> Redraw:
    """Random rotation up to the given angle."""

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.asarray(_enlarge(ink).rotate(_away_from_zero(rng, degrees), Image.Resampling.BICUBIC))

    return redraw


def stretch(share: float) -> Redraw:
    """Random horizontal scaling up to the given fraction."""

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sheet = _enlarge(ink)
        return np.asarray(sheet.resize((round(sheet.width * (1 + _away_from_zero(rng, share))), sheet.height)))

    return redraw


def scan(side: int, fills: bool = False) -> Redraw:
    """Black and white alone in a box of side×side pixels, with a margin; `fills`: stretched to the box both ways."""

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        cropped = Image.fromarray(crop_to_ink(ink.astype(np.float32) / 255))
        if fills:
            height, width = side, min(side, round(_WIDEST * side * cropped.width / cropped.height))
        else:
            longest = max(cropped.size)
            height, width = (max(1, round(side * length / longest)) for length in (cropped.height, cropped.width))
        small = np.asarray(cropped.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))
        return np.pad(np.where(small > 0.45, 255, 0).astype(np.uint8), 2)

    return redraw


def blocks(side: int) -> Redraw:
    """Gray blocks with the mean of a binary scan."""
    fine = scan(4 * side, fills=True)

    def redraw(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        scanned = fine(ink, rng)
        cells = Image.fromarray(scanned).reduce(4)
        return np.pad(np.asarray(cells), 1)

    return redraw


def resize(side: int) -> Redraw:
    """The whole image at another size."""
    return lambda ink, rng: np.asarray(Image.fromarray(ink).resize((side, side), Image.Resampling.BICUBIC))


def off_centre(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random position on a canvas four times as wide."""
    sheet = np.zeros((112, 112), np.uint8)
    top, left = rng.integers(0, 112 - 28, 2)
    sheet[top : top + 28, left : left + 28] = ink
    return sheet


def invert(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Inverts the brightness."""
    return 255 - ink


def faint(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Pencil: a fifth of the contrast with slight noise."""
    return _to_grey(200 - ink * 0.2 + rng.normal(0, 2, ink.shape))


def on_paper(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Photo of paper: out of focus, unevenly lit, noisy."""
    sheet = np.asarray(_enlarge(ink).filter(ImageFilter.GaussianBlur(3)), dtype=np.float32)
    rows, columns = np.mgrid[0 : 1 : complex(sheet.shape[0]), 0 : 1 : complex(sheet.shape[1])]
    light = 190 + 20 * (rng.uniform(-1, 1) * rows + rng.uniform(-1, 1) * columns)
    return _to_grey(light - 0.55 * sheet + rng.normal(0, 6, sheet.shape))


def write_strokes(strokes: list[Stroke], rng: np.random.Generator) -> np.ndarray:
    """Example strokes with random pen width, jitter, shear, rotation and stretch."""
    lean, angle = rng.uniform(-0.35, 0.35), np.radians(rng.uniform(-12, 12))
    wide, high = rng.uniform(0.65, 1.15, 2)
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turned @ np.array([[wide, -lean], [0, high]])
    hand = [_shake(np.array(stroke), rng) @ matrix.T + 0.5 for stroke in strokes]
    drawn = draw_strokes([[(float(x), float(y)) for x, y in stroke] for stroke in hand], pen=int(rng.integers(5, 40)))
    return _to_grey(drawn * 255)


def _shake(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Adds smooth jitter to the points (N, 2) of a stroke."""
    phases, sizes = rng.uniform(0, 2 * np.pi, 2), rng.normal(0, 0.018, 2)
    along = np.linspace(0, 2 * np.pi, len(points))[:, None]
    return points - 0.5 + np.sin(along * 1.5 + phases) * sizes + rng.normal(0, 0.004, points.shape)


def _enlarge(ink: np.ndarray) -> Image.Image:
    padded = np.pad(ink, _MARGIN)
    return Image.fromarray(padded).resize(
        (padded.shape[1] * _LARGER, padded.shape[0] * _LARGER), Image.Resampling.BICUBIC
    )


def _away_from_zero(rng: np.random.Generator, limit: float) -> float:
    return float(rng.choice((-1, 1)) * rng.uniform(0.5, 1) * limit)


def _to_grey(values: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
