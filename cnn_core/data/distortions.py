"""Image distortions: shift, rotation, size, stroke thickness, blur and noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

MOST_SHIFT = 6  # pixels in every direction


class Distortion(BaseModel):
    """Distortion parameters, applied in this order: thickness, size and rotation, blur, shift, noise.

    `step` in the schema of a field is how finely its slider and its curve go.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shift_x: int = Field(
        0,
        ge=-MOST_SHIFT,
        le=MOST_SHIFT,
        title="Shift right",
        description="Pixels of the network's input; below zero to the left.",
        json_schema_extra={"step": 1},
    )
    shift_y: int = Field(
        0,
        ge=-MOST_SHIFT,
        le=MOST_SHIFT,
        title="Shift down",
        description="Pixels of the network's input; below zero upwards.",
        json_schema_extra={"step": 1},
    )
    rotation: int = Field(
        0,
        ge=-60,
        le=60,
        title="Rotation",
        description="Degrees clockwise, around the middle of the picture.",
        json_schema_extra={"step": 5},
    )
    scale: int = Field(
        100,
        ge=50,
        le=150,
        title="Size",
        description="Percent: 50 is half as large, 150 is half as large again.",
        json_schema_extra={"step": 5},
    )
    thickness: float = Field(
        0.0,
        ge=-2,
        le=2,
        title="Thickness",
        description="Every edge of the ink moves outwards by so many pixels; below zero inwards.",
        json_schema_extra={"step": 0.25},
    )
    blur: float = Field(
        0.0,
        ge=0,
        le=3,
        title="Blur",
        description="Standard deviation, in pixels, of the bell curve that each pixel is spread over.",
        json_schema_extra={"step": 0.25},
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=0.6,
        title="Noise",
        description="Standard deviation of the random number that each pixel gains, where ink is 1 and paper is 0.",
        json_schema_extra={"step": 0.05},
    )

    @property
    def is_none(self) -> bool:
        return self == Distortion()


def distort(picture: np.ndarray, distortion: Distortion, seed: int = 0) -> np.ndarray:
    """float32 (H, W, C), 0–1 → the same shape and range."""
    return distort_all(picture, [distortion], seed)[0]


def distort_all(picture: np.ndarray, distortions: Sequence[Distortion], seed: int = 0) -> np.ndarray:
    """One image float32 (H, W, C), 0–1, under each of N distortions: float32 (N, H, W, C), 0–1.

    The noise is one pattern, drawn from `seed`, that grows with the knob, so that what changes along a curve is its
    strength alone. What comes in from outside is paper (0), and in a color image the edge drawn out.
    """
    height, width, channels = picture.shape
    margin = MOST_SHIFT  # a shift is then a window on a wider sheet, and each sheet is made once for all its windows
    wide = np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="edge" if channels == 3 else "constant")
    kinds = [(d.thickness, d.scale, d.rotation, d.blur) for d in distortions]
    sheets = {kind: _distort_sheet(wide, *kind) for kind in set(kinds)}
    pattern = np.random.default_rng(seed).standard_normal(picture.shape, dtype=np.float32)
    distorted = np.empty((len(kinds), height, width, channels), np.float32)
    for place, (kind, d) in enumerate(zip(kinds, distortions, strict=True)):
        top, left = margin - d.shift_y, margin - d.shift_x
        distorted[place] = sheets[kind][top : top + height, left : left + width]
        if d.noise:
            distorted[place] += np.float32(d.noise) * pattern
    return np.clip(distorted, 0, 1)


def _distort_sheet(sheet: np.ndarray, thickness: float, scale: float, rotation: float, deviation: float) -> np.ndarray:
    if thickness:
        sheet = thicken(sheet, thickness)
    if (scale, rotation) != (100, 0):
        sheet = turn(sheet, scale / 100, rotation)
    return blur(sheet, deviation) if deviation else sheet


def thicken(picture: np.ndarray, pixels: float) -> np.ndarray:
    """Gray dilation by 3×3 squares (erosion below zero) per pixel; fractions are interpolated.

    float32 (H, W, C) → the same shape. Outside lies what the edge shows.
    """
    pick, left = (np.maximum if pixels > 0 else np.minimum), abs(pixels)
    while left > 0:
        padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
        rows = pick(pick(padded[:-2], padded[1:-1]), padded[2:])
        grown = pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
        share = np.float32(min(left, 1.0))
        picture = (1 - share) * picture + share * grown
        left -= 1
    return picture


def turn(picture: np.ndarray, size: float, degrees: float) -> np.ndarray:
    """Scales by `size` and rotates clockwise around the center, with bilinear interpolation.

    float32 (H, W, C) → the same shape. Outside lies what the edge shows.
    """
    from scipy import ndimage

    cosine, sine = np.cos(np.deg2rad(degrees)) / size, np.sin(np.deg2rad(degrees)) / size
    matrix = np.array([[cosine, -sine], [sine, cosine]])  # y points down, so this is clockwise
    middle = (np.array(picture.shape[:2]) - 1) / 2
    turned = [
        ndimage.affine_transform(channel, matrix, middle - matrix @ middle, order=1, mode="nearest")
        for channel in np.moveaxis(picture, 2, 0)
    ]
    return np.stack(turned, axis=2).astype(np.float32)


def blur(picture: np.ndarray, deviation: float) -> np.ndarray:
    """Gaussian blur with this standard deviation in pixels, truncated at four.

    float32 (H, W, C) → the same shape. Outside lies what the edge shows.
    """
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(picture, (deviation, deviation, 0), mode="nearest"), np.float32)
