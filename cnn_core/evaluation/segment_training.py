"""Trains the segment classifier: `python -m cnn_core.evaluation.segment_training [FILE]`.

It learns from MNIST's training images and from strokes, as whole digits and as what is not one: fragments, touching
digits, inverted scans, dashes and dots. No test image and none of the evaluation sets is used.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import cnn_core.data.photo
from cnn_core.data.datasets.load import load_dataset
from cnn_core.data.handwriting.examples import draw_strokes
from cnn_core.data.handwriting.redraw import pen, scan, slant, write_strokes
from cnn_core.data.handwriting.shapes import SHAPES
from cnn_core.data.ink import centre_ink, crop_to_ink
from cnn_core.data.photo.segment_classifier import NOT_A_DIGIT

SEED = 11
EPOCHS, BATCH = 10, 128
_SCALE = 3  # fragments and pairs are composed at this scale
_STROKES, _SCANS, _VARIED = 25_000, 25_000, 20_000
_FRAGMENTS, _PAIRS, _INVERTED, _MARKS, _LETTERS, _SCRIBBLES = 45_000, 60_000, 15_000, 10_000, 15_000, 8_000
# Letters and signs without those that look like a digit.
_GLYPHS = "ACEFHJKLMNPRTUVWXYacdefhkmnrtuvwxy?&#@%+=*<>"


def build_examples(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, share: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Centered ink float32 (N, 28, 28) and classes 0–10, from uint8 images (M, 28, 28) and their digits."""
    kinds = (
        (_STROKES, _draw_digit),
        (_SCANS, _scan_digit),
        (_VARIED, _vary_digit),
        (_FRAGMENTS, _cut_fragment),
        (_PAIRS, _join_digits),
        (_INVERTED, _invert_scan),
        (_MARKS, _draw_mark),
        (_LETTERS, _draw_letter),
        (_SCRIBBLES, _scribble),
    )
    made = [images.astype(np.float32) / 255]
    classes = [labels]
    for count, make in kinds:
        pairs = [make(images, labels, rng) for _ in range(round(share * count))]
        made.append(np.array([ink for ink, _ in pairs], np.float32))
        classes.append(np.array([kind for _, kind in pairs]))
    return np.concatenate(made), np.concatenate(classes)


def _pick(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A digit in ink float32 (H, W), 0–1, cropped: an image, or strokes."""
    if rng.random() < 0.3:
        digit = int(rng.integers(10))
        ink = write_strokes(SHAPES[digit][rng.integers(len(SHAPES[digit]))], rng)
        return crop_to_ink(np.asarray(Image.fromarray(ink).reduce(3), np.float32) / 255), digit
    chosen = int(rng.integers(len(images)))
    image = Image.fromarray(images[chosen]).resize((28 * _SCALE, 28 * _SCALE), Image.Resampling.BICUBIC)
    return crop_to_ink(np.asarray(image, np.float32) / 255), int(labels[chosen])


def _draw_digit(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    digit = int(rng.integers(10))
    ink = write_strokes(SHAPES[digit][rng.integers(len(SHAPES[digit]))], rng)
    return centre_ink(ink.astype(np.float32) / 255), digit


def _scan_digit(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    ink, digit = _pick(images, labels, rng)
    return centre_ink(_tight_scan(ink, rng)), digit


def _tight_scan(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink stretched to a small box, in gray or two levels."""
    side = int(rng.choice([12, 16, 20, 24, 32]))
    width = side if rng.random() < 0.5 else max(3, min(side, round(side * ink.shape[1] / ink.shape[0])))
    if ink.shape[1] < 0.4 * ink.shape[0]:  # a 1 stretched to a square would be all ink
        width = max(3, round(side * ink.shape[1] / ink.shape[0]))
    small = np.asarray(Image.fromarray(ink).resize((width, side), Image.Resampling.BICUBIC, reducing_gap=3.0))
    small = np.clip(small, 0, 1)
    return np.where(small > rng.uniform(0.3, 0.6), 1.0, 0.0).astype(np.float32) if rng.random() < 0.5 else small


def _vary_digit(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    chosen = int(rng.integers(len(images)))
    redraw = (pen(float(rng.uniform(-0.8, 1.5))), slant(25), scan(int(rng.choice([16, 20, 32]))))[rng.integers(3)]
    ink = redraw(images[chosen], rng)
    return centre_ink((ink if ink.any() else images[chosen]).astype(np.float32) / 255), int(labels[chosen])


def _cut_fragment(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """One side of a digit cut along a line, mostly a steep one, as a wrong separation of two digits leaves it."""
    ink, digit = _pick(images, labels, rng)
    if digit == 1 and rng.random() < 0.9:  # the parts of a 1 look like a 1
        return _cut_fragment(images, labels, rng)
    height, width = ink.shape
    angle = rng.normal(0, 0.35) + (np.pi / 2 if rng.random() < 0.3 else 0.0)
    rows, columns = np.mgrid[0:height, 0:width]
    distance = (columns - width / 2) * np.cos(angle) + (rows - height / 2) * np.sin(angle)
    if rng.random() < 0.5:
        distance = -distance
    edge = np.quantile(distance[ink > 0.5], rng.uniform(0.12, 0.6)) if (ink > 0.5).any() else 0.0
    part = np.where(distance < edge, ink, 0)
    return centre_ink(part.astype(np.float32)), NOT_A_DIGIT


def _join_digits(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """Two or three digits side by side with a gap or touching, or a digit with a part of its neighbor."""
    parts = [_pick(images, labels, rng)[0] for _ in range(3 if rng.random() < 0.15 else 2)]
    if rng.random() < 0.3:  # a 1 beside another digit is the hardest to tell from a part of it
        ones = np.flatnonzero(labels == 1)
        one = images[rng.choice(ones)].astype(np.float32) / 255
        parts[int(rng.integers(len(parts)))] = crop_to_ink(one)
    if rng.random() < 0.3:  # a part of the neighbor at the side
        share = rng.uniform(0.25, 0.7)
        other = parts[1]
        width = max(3, round(share * other.shape[1]))
        parts = [parts[0], other[:, :width]] if rng.random() < 0.5 else [other[:, -width:], parts[0]]
    height = 84
    scaled = []
    for part in parts:
        size = round(height * rng.uniform(0.75, 1.0)) if rng.random() < 0.8 else round(height * rng.uniform(0.3, 0.6))
        width = max(2, round(part.shape[1] * size / part.shape[0]))
        scaled.append(np.asarray(Image.fromarray(part).resize((width, size), Image.Resampling.BICUBIC)))
    gap = round(rng.uniform(-12, 6) if rng.random() < 0.65 else rng.uniform(6, 22))
    sheet = np.zeros((height, sum(part.shape[1] for part in scaled) + 2 * abs(gap) * len(scaled)), np.float32)
    left = 0
    for part in scaled:
        top = int(rng.integers(0, height - part.shape[0] + 1))
        window = sheet[top : top + part.shape[0], left : left + part.shape[1]]
        np.maximum(window, part[:, : window.shape[1]], out=window)
        left = max(0, left + part.shape[1] + gap)
    return centre_ink(np.clip(sheet, 0, 1)), NOT_A_DIGIT


def _invert_scan(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """The paper of a tight scan taken for ink."""
    scanned = _tight_scan(_pick(images, labels, rng)[0], rng)
    return centre_ink((1 - scanned).astype(np.float32)), NOT_A_DIGIT


def _draw_mark(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A dash, a dot, a corner, or a scribble of straight lines."""
    sheet = np.zeros((90, 90), np.float32)
    rows, columns = np.mgrid[0:90, 0:90]
    kind = rng.integers(4)
    if kind == 0:
        radii = rng.uniform(8, 40, 2)
        sheet[((rows - 45) / radii[0]) ** 2 + ((columns - 45) / radii[1]) ** 2 < 1] = 1
        return centre_ink(sheet), NOT_A_DIGIT
    count = 1 if kind == 1 else int(rng.integers(2, 5))
    points = rng.uniform(0.1, 0.9, (count + 1, 2))
    if count == 1:  # a dash: an upright line would be a 1
        angle = rng.uniform(-0.7, 0.7)
        points = np.array(
            [
                [0.5 - 0.4 * np.cos(angle), 0.5 - 0.4 * np.sin(angle)],
                [0.5 + 0.4 * np.cos(angle), 0.5 + 0.4 * np.sin(angle)],
            ]
        )
    width = rng.uniform(3, 9)
    for (x0, y0), (x1, y1) in zip(points[:-1] * 90, points[1:] * 90, strict=True):
        length = max(np.hypot(x1 - x0, y1 - y0), 1e-6)
        along = np.clip(((columns - x0) * (x1 - x0) + (rows - y0) * (y1 - y0)) / length**2, 0, 1)
        sheet[np.hypot(columns - x0 - along * (x1 - x0), rows - y0 - along * (y1 - y0)) < width / 2] = 1
    return centre_ink(sheet), NOT_A_DIGIT


def _draw_letter(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A printed letter or sign, as by different pens: sheared, rotated, wider or narrower strokes."""
    sheet = Image.new("L", (160, 160), 0)
    glyph = _GLYPHS[rng.integers(len(_GLYPHS))]
    ImageDraw.Draw(sheet).text((80, 80), glyph, fill=255, anchor="mm", font=ImageFont.load_default(100))
    width = int(rng.integers(0, 7))
    if width:
        sheet = sheet.filter(ImageFilter.MaxFilter(2 * width + 1))
    lean = rng.uniform(-0.35, 0.35)
    stretch = rng.uniform(0.7, 1.4)
    matrix = (stretch, lean, 80 * (1 - stretch - lean), 0.0, 1.0, 0.0)
    sheet = sheet.transform(sheet.size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    sheet = sheet.rotate(rng.uniform(-15, 15), Image.Resampling.BICUBIC)
    return centre_ink(np.asarray(sheet, np.float32) / 255), NOT_A_DIGIT


def _scribble(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, int]:
    """A long smooth curve that crosses itself."""
    along = np.linspace(0, 2 * np.pi, 60)
    waves = np.array([(2, 5), (3, 4), (3, 5), (5, 2), (4, 3), (5, 4), (7, 3), (3, 7)][rng.integers(8)])
    phases = rng.uniform(0, 2 * np.pi, 2)
    x = 0.5 + 0.38 * np.sin(waves[0] * along + phases[0]) * rng.uniform(0.6, 1)
    y = 0.5 + 0.38 * np.sin(waves[1] * along + phases[1]) * rng.uniform(0.6, 1)
    ink = draw_strokes([list(zip(x.tolist(), y.tolist(), strict=True))], size=120, pen=int(rng.integers(3, 12)))
    return centre_ink(ink), NOT_A_DIGIT


def train(path: Path, epochs: int = EPOCHS, share: float = 1.0) -> float:
    """Trains, writes the weights in half precision, and returns the accuracy on held-out examples."""
    import keras

    data = load_dataset("mnist")
    rng = np.random.default_rng(SEED)
    x, y = build_examples(data.x_train[..., 0], data.y_train, rng, share)
    order = rng.permutation(len(x))
    x, y = x[order][..., np.newaxis], y[order]
    held_out = len(x) // 20
    keras.utils.set_random_seed(SEED)
    model = _build_model()
    steps = epochs * ((len(x) - held_out) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        x[held_out:],
        y[held_out:],
        batch_size=BATCH,
        epochs=epochs,
        verbose=2,
        validation_data=(x[:held_out], y[:held_out]),
    )
    np.savez_compressed(path, *(weight.astype(np.float16) for weight in model.get_weights()))
    return float(model.evaluate(x[:held_out], y[:held_out], verbose=0)[1])


def _build_model() -> Any:
    import keras
    from keras import layers

    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(96, activation="relu"),
            layers.Dense(NOT_A_DIGIT + 1, activation="softmax"),
        ]
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(cnn_core.data.photo.__path__[0], "segment_classifier.npz")
    click.echo(f"accuracy on held-out examples: {train(target):.4f}")
