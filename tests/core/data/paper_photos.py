"""Photos of digits on paper that no one has taken: drawn, tilted, lit unevenly, ruled, and saved badly."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes


def encode(image, form="PNG", **options):
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def draw_ink(digit, rng, size=300, pen=None, tilt=10.0, scale=(0.6, 1.0)):
    """A digit's ink (size, size), 0–1, by a hand that is never twice the same."""
    factor = rng.uniform(*scale)
    lean, turn = rng.uniform(-0.15, 0.15), np.radians(rng.uniform(-tilt, tilt))
    at = 0.5 + (1 - factor) * rng.uniform(-0.3, 0.3, 2)
    strokes = []
    for stroke in DIGIT_STROKES[digit]:
        x, y = np.array(stroke).T - 0.5
        x = x - lean * y
        x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        strokes.append([(at[0] + factor * a, at[1] + factor * b) for a, b in zip(x, y, strict=True)])
    return draw_strokes(strokes, size, pen or round(rng.uniform(0.035, 0.07) * size * factor))


def write_line(digits, rng, size=220, pen=14, gap=0.55):
    """Digits side by side: ink (size, n·gap·size), 0–1."""
    sheet = np.zeros((size, round(size * (gap * len(digits) + 0.5))), np.float32)
    for place, digit in enumerate(digits):
        ink = draw_ink(digit, rng, size, pen, tilt=4, scale=(0.85, 1.0))
        left = round(size * gap * place)
        sheet[:, left : left + size] = np.maximum(sheet[:, left : left + size], ink)
    return sheet


def _waves(shape, rng, bright=(0.45, 1.0)):
    """Uneven light: a slope across the sheet and a lamp's spot."""
    height, width = shape
    y, x = np.mgrid[0:height, 0:width] / max(shape)
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * x + np.sin(angle) * y
    spot = np.exp(-((x - rng.uniform(0.2, 0.8)) ** 2 + (y - rng.uniform(0.2, 0.8)) ** 2) / 0.3)
    light = slope / np.ptp(slope) + 0.5 * spot
    light = (light - light.min()) / np.ptp(light)
    return bright[0] + (bright[1] - bright[0]) * light


def _take(ink, rng, paper=225, pen=45, light=1.0, noise=3.0):
    """Ink on paper as a camera sees it: float gray values."""
    grey = (paper + (pen - paper) * ink) * light
    return np.clip(grey + rng.normal(0, noise, ink.shape), 0, 255)


def _grey(values):
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))


def _jpeg(values, quality=60):
    return encode(_grey(values), "JPEG", quality=quality)


def _shadow(shape, rng, soft):
    height, width = shape
    y, x = np.mgrid[0:height, 0:width]
    edge = x * np.cos(a := rng.uniform(-0.8, 0.8)) + y * np.sin(a)
    place = np.median(edge) + rng.uniform(-0.15, 0.15) * width
    return 1 - 0.5 / (1 + np.exp(np.clip((place - edge) / (soft * width), -50, 50)))


def _rule(ink, rng, squared, line=0.35):
    """Lines of ruled or squared paper under the ink, a little tilted."""
    size = ink.shape[0]
    sheet = Image.new("L", ink.shape[::-1], 0)
    pen = ImageDraw.Draw(sheet)
    slope, distance = np.tan(np.radians(rng.uniform(-3, 3))), rng.uniform(0.1, 0.2) * size
    for place in np.arange(-size, 2 * ink.shape[1], distance):
        pen.line([(0, place), (ink.shape[1], place + slope * ink.shape[1])], fill=round(255 * line), width=2)
        if squared:
            pen.line([(place, 0), (place - slope * size, size)], fill=round(255 * line), width=2)
    return np.maximum(ink, np.asarray(sheet, np.float32) / 255)


def _on_desk(ink, rng):
    grey = _take(ink, rng)
    height, width = grey.shape
    desk = np.full((height + 160, width + 200), 70.0) + rng.normal(0, 4, (height + 160, width + 200))
    desk[70 : 70 + height, 90 : 90 + width] = grey
    return Image.fromarray(desk.clip(0, 255).astype(np.uint8)).rotate(rng.uniform(-4, 4), fillcolor=70)


def _cut_out(ink, rng):
    grey = _take(ink, rng, noise=0)
    sheet = Image.new("L", ink.shape[::-1], 0)
    ImageDraw.Draw(sheet).rounded_rectangle((5, 5, ink.shape[1] - 6, ink.shape[0] - 6), 60, fill=255)
    return encode(Image.merge("LA", (_grey(grey), sheet)))


def _transparent(ink):
    alpha = Image.fromarray((ink * 255).astype(np.uint8))
    return encode(Image.merge("LA", (Image.new("L", alpha.size, 0), alpha)))


def _two_levels(ink, side):
    """A scan of two levels in which the digit fills the image, as scikit-learn's or USPS' digits do."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    tight = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inner = side - 2
    ratio = inner / max(tight.shape)
    size = max(1, round(tight.shape[1] * ratio)), max(1, round(tight.shape[0] * ratio))
    small = Image.fromarray((tight * 255).astype(np.uint8)).resize(size, Image.Resampling.BOX)
    sheet = Image.new("L", (side, side), 0)
    sheet.paste(small, ((side - size[0]) // 2, (side - size[1]) // 2))
    return encode(sheet.point(lambda value: 0 if value > 110 else 255).convert("1"))


CONDITIONS = {
    "clean": lambda ink, rng: encode(_grey(255 - 255 * ink)),
    "uneven light": lambda ink, rng: _jpeg(_take(ink, rng, light=_waves(ink.shape, rng))),
    "hard shadow": lambda ink, rng: _jpeg(_take(ink, rng, light=_shadow(ink.shape, rng, 0.003)), 85),
    "soft shadow": lambda ink, rng: _jpeg(_take(ink, rng, light=_shadow(ink.shape, rng, 0.06))),
    "ruled": lambda ink, rng: _jpeg(_take(_rule(ink, rng, False), rng), 85),
    "squared": lambda ink, rng: _jpeg(_take(_rule(ink, rng, True), rng), 85),
    "ruled darkly, in uneven light": lambda ink, rng: _jpeg(
        _take(_rule(ink, rng, False, 0.8), rng, light=_waves(ink.shape, rng)), 85
    ),
    "noise": lambda ink, rng: encode(_grey(_take(ink, rng, noise=22))),
    "bad JPEG": lambda ink, rng: _jpeg(_take(ink, rng), 12),
    "low contrast": lambda ink, rng: _jpeg(_take(ink, rng, 170, 125, _waves(ink.shape, rng, (0.8, 1)), 2), 85),
    "chalk": lambda ink, rng: _jpeg(_take(ink, rng, 50, 220, _waves(ink.shape, rng, (0.7, 1)))),
    "inverted": lambda ink, rng: encode(_grey(255 * ink)),
    "transparent": lambda ink, rng: _transparent(ink),
    "cut out": _cut_out,
    "on a desk": lambda ink, rng: encode(_on_desk(ink, rng), "JPEG", quality=80),
    "out of focus": lambda ink, rng: encode(
        _grey(_take(ink, rng, light=_waves(ink.shape, rng))).filter(ImageFilter.GaussianBlur(4)), "JPEG"
    ),
    "two levels, 16×16": lambda ink, rng: _two_levels(ink, 16),
    "two levels, 32×32": lambda ink, rng: _two_levels(ink, 32),
    "28×28 in uneven light": lambda ink, rng: encode(
        _grey(_take(ink, rng, light=_waves(ink.shape, rng, (0.7, 1)), noise=2)).resize((56, 56), Image.Resampling.BOX)
    ),
    "large": lambda ink, rng: encode(
        _grey(_take(ink, rng, light=_waves(ink.shape, rng))).resize((1200, 1200)), "JPEG", quality=70
    ),
    "thin pen, large sheet": lambda ink, rng: _jpeg(
        _take(_pad(ink, 250), rng, light=_waves(_pad(ink, 250).shape, rng))
    ),
}


def _pad(ink, margin):
    return np.pad(ink, margin)
