"""Images of digits that are hard to find, one set for each difficulty, and how many of them are read correctly.

They are composed from images of single digits: tight and dithered scans, gray paper, rows without gaps, small zeros,
digits in two strokes, rows above each other, and rotated sheets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnn_core.data.handwriting.examples import Stroke, draw_strokes
from cnn_core.data.handwriting.shapes import SHAPES
from cnn_core.data.ink import crop_to_ink
from cnn_core.data.photo.image_file import read_steps
from cnn_core.experiment.preprocess import prepare_ink

if TYPE_CHECKING:
    from cnn_core.data.photo.detected import DetectedDigits
    from cnn_core.inspection.model.probe import Probe

COUNT, SEED = 200, 5
_HEIGHT = 64  # pixels of a digit in a row
_TWO_STROKES: dict[int, list[list[Stroke]]] = {
    4: [
        [[(0.38, 0.15), (0.28, 0.55), (0.55, 0.55)], [(0.66, 0.25), (0.64, 0.85)]],
        [[(0.42, 0.18), (0.25, 0.58), (0.52, 0.56)], [(0.62, 0.2), (0.6, 0.85)]],
        [[(0.3, 0.18), (0.3, 0.5), (0.52, 0.5)], [(0.63, 0.15), (0.63, 0.88)]],
    ],
    5: [
        [
            [(0.4, 0.15), (0.72, 0.15)],
            [(0.36, 0.24), (0.35, 0.45), (0.55, 0.42), (0.68, 0.6), (0.55, 0.82), (0.3, 0.8)],
        ],
        [[(0.46, 0.18), (0.75, 0.17)], [(0.38, 0.26), (0.34, 0.5), (0.6, 0.48), (0.64, 0.7), (0.32, 0.84)]],
    ],
}
Digits = Callable[[int | None], tuple[np.ndarray, int]]


@dataclass(frozen=True)
class ReadingSet:
    """`images` uint8 gray of any size; `texts` are their digits, rows separated by newlines.

    `may_rotate`: images may be upside down or on their side, which the reading has to notice.
    """

    name: str
    images: list[np.ndarray]
    texts: list[str]
    may_rotate: bool = False


def list_reading_sets(
    images: np.ndarray, labels: np.ndarray, count: int = COUNT, seed: int = SEED
) -> Iterator[ReadingSet]:
    """One set of `count` images for each difficulty, from uint8 images (N, 28, 28) and their digits (N,)."""
    makers = {
        "tight scan, gray": lambda rng, pick: _tight(rng, pick, two_levels=False),
        "tight scan, two levels": lambda rng, pick: _tight(rng, pick, two_levels=True),
        "soft strokes on gray paper": _soft,
        "dithered scan": _dithered,
        "thin strokes in a small photo": _small_photo,
        "one digit in two strokes": _two_strokes,
        "row without gaps": lambda rng, pick: _row(rng, pick, gap=0.0),
        "row with gaps of a pen's width": lambda rng, pick: _row(rng, pick, gap=0.1),
        "small zeros beside tall digits": _small_zeros,
        "three rows": _rows,
        "row, upside down": lambda rng, pick: _rotated(rng, pick, 2),
        "row, on its side": lambda rng, pick: _rotated(rng, pick, 1),
    }
    by_digit = [np.flatnonzero(labels == digit) for digit in range(10)]
    for place, (name, make) in enumerate(makers.items()):
        rng = np.random.default_rng([seed, place])

        def pick(digit: int | None = None, rng: np.random.Generator = rng) -> tuple[np.ndarray, int]:
            chosen = int(rng.integers(len(images)) if digit is None else rng.choice(by_digit[digit]))
            return crop_to_ink(images[chosen].astype(np.float32) / 255), int(labels[chosen])

        made = [make(rng, pick) for _ in range(count)]
        yield ReadingSet(
            name, [image for image, _ in made], [text for _, text in made], "upside" in name or "side" in name
        )


def measure_readings(probe: Probe, one: ReadingSet) -> tuple[float, float]:
    """The fraction of images read correctly, and of those with the right number of digits in each row."""
    right = found = 0
    for image, text in zip(one.images, one.texts, strict=True):
        steps = read_steps(_encode(image))
        detected = steps.detected
        if one.may_rotate and detected.rotation:
            turned = np.rot90(image, detected.rotation // 90)
            detected = read_steps(_encode(np.ascontiguousarray(turned))).detected
        rows = read_rows(probe, detected)
        right += rows == text.split("\n")
        found += [len(row) for row in rows] == [len(row) for row in text.split("\n")]
    return right / len(one.images), found / len(one.images)


def format_readings(sets: list[ReadingSet], by_run: dict[str, list[tuple[float, float]]]) -> str:
    """Markdown: a row for each set; for each run the fraction read correctly, and with the right digits found."""
    lines = ["| images | number | " + " | ".join(f"{run} | digits found" for run in by_run) + " |"]
    lines.append("|---|---:|" + "---:|---:|" * len(by_run))
    for place, one in enumerate(sets):
        cells = (f"{right:.3f} | {found:.3f}" for right, found in (column[place] for column in by_run.values()))
        lines.append(f"| {one.name} | {len(one.images)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def read_rows(probe: Probe, detected: DetectedDigits) -> list[str]:
    """The digits of each row as this model reads them."""
    digits = detected.digits
    if not digits:
        return []
    inputs = np.concatenate([prepare_ink(digit.centred, probe.experiment) for digit in digits])
    labels = [str(label) for label in probe.predict_inputs(inputs).argmax(axis=1)]
    return ["".join(row) for row in detected.by_row(labels)]


# ---- images


def _tight(rng: np.random.Generator, pick: Digits, two_levels: bool) -> tuple[np.ndarray, str]:
    ink, digit = pick(None)
    while digit == 1:  # stretched to a square it would be all ink
        ink, digit = pick(None)
    side = int(rng.choice([16, 24, 32]))
    small = _resize(ink, side, side)
    small = np.where(small > 0.45, 1.0, 0.0) if two_levels else small
    return _to_gray(small if rng.random() < 0.5 else 1 - small), str(digit)


def _soft(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    ink, digit = pick(None)
    sheet = _on_sheet(_scale(ink, 120), 150 + int(rng.integers(0, 60)), rng)
    blurred = _blur(sheet, 4.0)
    gray = rng.uniform(110, 160) - rng.uniform(45, 80) * blurred + rng.normal(0, 7, sheet.shape)
    return _to_gray(gray / 255), str(digit)


def _dithered(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    ink, digit = pick(None)
    sheet = _on_sheet(_scale(ink, 160), 240, rng)
    gray = _to_gray((rng.uniform(190, 235) - rng.uniform(100, 170) * _blur(sheet, 1.5)) / 255)
    return np.asarray(Image.fromarray(gray).convert("1").convert("L")), str(digit)


def _small_photo(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    """Three digits by a fine pen on unevenly lit paper."""
    width, height = 455, 607
    sheet = np.zeros((height, width), np.float32)
    text = ""
    for place in range(3):
        digit = int(rng.integers(10))
        strokes = SHAPES[digit][rng.integers(len(SHAPES[digit]))]
        drawn = draw_strokes(strokes, 140, 2)
        top = int(rng.integers(210, 235))
        sheet[top : top + 140, 15 + 145 * place : 155 + 145 * place] = drawn
        text += str(digit)
    rows, columns = np.mgrid[0 : 1 : complex(height), 0 : 1 : complex(width)]
    light = 185 + 30 * (rng.uniform(-1, 1) * rows + rng.uniform(-1, 1) * columns)
    gray = light * (1 - rng.uniform(0.35, 0.55) * _blur(sheet, 0.7)) + rng.normal(0, 3, sheet.shape)
    return _to_gray(gray / 255), text


def _two_strokes(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    digit = int(rng.choice(list(_TWO_STROKES)))
    strokes = _TWO_STROKES[digit][rng.integers(len(_TWO_STROKES[digit]))]
    shift = rng.normal(0, 0.012, (2,))
    moved = [
        [(x + rng.normal(0, 0.012) + shift[0], y + rng.normal(0, 0.012) + shift[1]) for x, y in s] for s in strokes
    ]
    return _to_gray(1 - draw_strokes(moved, 280, int(rng.integers(10, 22)))), str(digit)


def _row(rng: np.random.Generator, pick: Digits, gap: float) -> tuple[np.ndarray, str]:
    digits = [pick(None) for _ in range(int(rng.integers(2, 6)))]
    return _to_gray(1 - _compose_row(digits, rng, gap)), "".join(str(digit) for _, digit in digits)


def _small_zeros(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    parts, text, tops = [], "", []
    for _ in range(int(rng.integers(2, 4))):
        ink, digit = pick(int(rng.integers(1, 10)))
        parts.append(_scale(ink, _HEIGHT))
        tops.append(0)
        zero, _ = pick(0)
        low = round(_HEIGHT * rng.uniform(0.3, 0.45))
        parts.append(_scale(zero, low))
        tops.append(_HEIGHT - low)
        text += f"{digit}0"
    width = sum(part.shape[1] + 10 for part in parts)
    sheet = np.zeros((_HEIGHT + 40, width + 60), np.float32)
    left = 30
    for part, top in zip(parts, tops, strict=True):
        sheet[20 + top : 20 + top + part.shape[0], left : left + part.shape[1]] = part
        left += part.shape[1] + 10
    return _to_gray(1 - sheet), text


def _rows(rng: np.random.Generator, pick: Digits) -> tuple[np.ndarray, str]:
    lines = [[pick(None) for _ in range(3)] for _ in range(3)]
    sheets = [_compose_row(line, rng, 0.35) for line in lines]
    width = max(sheet.shape[1] for sheet in sheets)
    stacked = np.vstack([np.pad(sheet, ((0, 0), (0, width - sheet.shape[1]))) for sheet in sheets])
    return _to_gray(1 - stacked), "\n".join("".join(str(digit) for _, digit in line) for line in lines)


def _rotated(rng: np.random.Generator, pick: Digits, turns: int) -> tuple[np.ndarray, str]:
    digits = [pick(int(digit)) for digit in rng.choice([2, 3, 4, 5, 7], 4)]
    sheet = _to_gray(1 - _compose_row(digits, rng, 0.3))
    return np.ascontiguousarray(np.rot90(sheet, turns)), "".join(str(digit) for _, digit in digits)


def _compose_row(digits: list[tuple[np.ndarray, int]], rng: np.random.Generator, gap: float) -> np.ndarray:
    """Digits side by side, `gap` times their height between their nearest ink."""
    parts = [_scale(ink, round(_HEIGHT * rng.uniform(0.85, 1.05))) for ink, _ in digits]
    margin = 24
    height = round(1.1 * _HEIGHT) + 2 * margin
    sheet = np.zeros((height, 2 * margin + sum(part.shape[1] + _HEIGHT for part in parts)), np.float32)
    edge = np.full(height, margin)
    for part in parts:
        top = margin + int(rng.integers(0, max(1, round(1.1 * _HEIGHT) - part.shape[0] + 1)))
        inked = part > 0.3
        first = np.where(inked.any(axis=1), inked.argmax(axis=1), part.shape[1])
        rows = slice(top, top + part.shape[0])
        left = int((edge[rows] - first).max()) + round(gap * _HEIGHT) if edge.max() > margin else margin
        left = max(left, margin)
        window = sheet[rows, left : left + part.shape[1]]
        np.maximum(window, part, out=window)
        last = np.where(inked.any(axis=1), left + part.shape[1] - inked[:, ::-1].argmax(axis=1), 0)
        edge[rows] = np.maximum(edge[rows], last)
    return sheet[:, : int(edge.max()) + margin]


def _scale(ink: np.ndarray, height: int) -> np.ndarray:
    return _resize(ink, height, max(3, round(ink.shape[1] * height / ink.shape[0])))


def _resize(ink: np.ndarray, height: int, width: int) -> np.ndarray:
    resized = Image.fromarray(ink.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(resized), 0, 1)


def _on_sheet(ink: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    sheet = np.zeros((side, max(side, ink.shape[1] + 20)), np.float32)
    top = int(rng.integers(0, side - ink.shape[0] + 1))
    left = int(rng.integers(0, sheet.shape[1] - ink.shape[1] + 1))
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def _blur(ink: np.ndarray, sigma: float) -> np.ndarray:
    from scipy import ndimage

    blurred: np.ndarray = ndimage.gaussian_filter(ink, sigma)
    return blurred


def _to_gray(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _encode(image: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, "PNG", compress_level=1)
    return file.getvalue()
