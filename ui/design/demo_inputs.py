"""Input of a layer demo: the drawing, a color image, or features of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.data.datasets.load import is_available
from cnn_core.data.handwriting.sample_image import draw_colour_scene, read_first_test_picture
from cnn_core.data.ink import centre_ink
from cnn_core.experiment import Experiment
from cnn_core.figures.kernels import build_kernels
from ui.session.state import session
from ui.shared.answer import example_ink

_FEATURES = ("vertical_edges", "horizontal_edges", "blur")
_COLOURS = ("red", "green", "blue")
_INK_MARGIN = 3  # of 28 pixels: paper that a small image of a digit can do without
_NEVER_NEGATIVE = ("relu", "sigmoid", "softplus", "softmax")


@dataclass(frozen=True)
class Channel:
    """One input channel: `picture` (H, W) whole, `pixels` (side, side) few enough to read.

    `name` is a word of the catalog's; `role` is how the values are colored: ink (1 is black), gray, red, green or
    blue (1 is bright), signed (zero-centerd). `margin` pixels of the image's edges are left out of `pixels`.
    """

    name: str
    role: str
    picture: np.ndarray
    pixels: np.ndarray
    margin: int = 0


def build_channels(design: Experiment, index: int, channels: int, side: int) -> list[Channel]:
    """The first channels of the `channels` that layer `index` reads, from this visitor's drawing where that fits."""
    picture, crop = whole_picture(design), design.architecture.input_shape[2] == 1
    if any(layer.group == "convolution" for layer in design.architecture.layers[:index]):
        made = _make_features(picture.mean(axis=2).tobytes(), len(picture), cut=_cuts_negatives(design, index))
        named = [(name, "signed", plane) for name, plane in zip(_FEATURES, made, strict=True)][:channels]
    elif picture.shape[2] == len(_COLOURS):
        named = [(name, name, picture[:, :, c]) for c, name in enumerate(_COLOURS)]
    else:
        named = [("drawing", "ink", picture[:, :, 0])]
    return [_shrunk(name, role, plane, side, crop) for name, role, plane in named]


def build_grey(design: Experiment, side: int) -> list[Channel]:
    """The image in one channel, for what treats every channel alike."""
    picture = whole_picture(design)
    plane, role = picture.mean(axis=2), "ink" if picture.shape[2] == 1 else "grey"
    return [_shrunk("drawing", role, plane, side, crop=role == "ink")]


def whole_picture(design: Experiment) -> np.ndarray:
    """float32 (H, W, C), 0–1, as the network's input: the drawing or our example digit, or a color image."""
    height, width, channels = design.architecture.input_shape
    if channels == 3:
        return _colour_picture(design.dataset, height, width, is_available(design.dataset))
    pixels = session().sheet.drawing.pixels
    ink = _example() if pixels is None else _centred(pixels.tobytes(), pixels.shape)
    if ink.shape != (height, width):
        ink = np.asarray(Image.fromarray(ink).resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)
    return np.repeat(ink[:, :, np.newaxis], channels, axis=2)


def _shrunk(name: str, role: str, plane: np.ndarray, side: int, crop: bool) -> Channel:
    margin = _INK_MARGIN if crop and min(plane.shape) > 4 * _INK_MARGIN else 0
    inner = plane[margin : plane.shape[0] - margin, margin : plane.shape[1] - margin]
    resized = Image.fromarray(np.ascontiguousarray(inner, np.float32)).resize((side, side), Image.Resampling.BOX)
    return Channel(name, role, plane, np.asarray(resized, dtype=np.float32), margin)


def _cuts_negatives(design: Experiment, index: int) -> bool:
    """Whether the last activation before layer `index` leaves nothing below zero."""
    activations = [getattr(x, "activation", "linear") for x in design.architecture.layers[:index]]
    return next((x for x in reversed(activations) if x != "linear"), "linear") in _NEVER_NEGATIVE


@lru_cache(maxsize=32)
def _make_features(plane: bytes, height: int, cut: bool) -> np.ndarray:
    """float32 (3, H, W): what kernels made by hand find in an image, as a layer with padding "same" would."""
    picture = np.frombuffer(plane, np.float32).reshape(height, -1)
    padded = np.pad(picture, 1)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))  # (H, W, 3, 3)
    kernels = build_kernels(3)
    maps = np.stack([(windows * kernels[name]).sum(axis=(2, 3)) for name in _FEATURES])
    return np.maximum(maps, 0) if cut else maps


@lru_cache(maxsize=4)
def _colour_picture(dataset: DatasetName, height: int, width: int, available: bool) -> np.ndarray:
    picture = read_first_test_picture(dataset) if available else None
    if picture is None or picture.shape != (height, width, 3):
        picture = draw_colour_scene(height, width)
    return picture.astype(np.float32) / 255.0


@lru_cache(maxsize=32)
def _centred(pixels: bytes, shape: tuple[int, int]) -> np.ndarray:
    return centre_ink(np.frombuffer(pixels, np.uint8).reshape(shape).astype(np.float32) / 255.0)


@lru_cache(maxsize=1)
def _example() -> np.ndarray:
    return centre_ink(example_ink())
