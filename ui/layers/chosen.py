"""Converts ink or an image to network input."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from cnn_core.data.ink import centre_ink
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_images, prepare_ink


@dataclass(frozen=True)
class Chosen:
    """`inputs` float32 (1, …) as the network takes them, `picture` (H, W, C) as a person sees it."""

    inputs: np.ndarray
    picture: np.ndarray
    source: str
    title: str
    label: int | None = None


def choose_ink(ink: np.ndarray, experiment: Experiment, title: str) -> Chosen:
    """Ink (H, W), 0–1, centerd and scaled as this experiment's network gets it."""
    inputs = prepare_ink(centre_ink(ink), experiment)
    return Chosen(inputs, inputs[0], _fingerprint(inputs), title)


def choose_pixels(image: np.ndarray, experiment: Experiment, title: str, source: str = "", **more: int) -> Chosen:
    """uint8 (H, W, C), in the network's own size."""
    training = experiment.training
    inputs = prepare_images(image[np.newaxis], training.input_scaling)
    return Chosen(inputs, image, source or _fingerprint(inputs), title, **more)


def _fingerprint(inputs: np.ndarray) -> str:
    return f"own-{sha256(inputs.tobytes()).hexdigest()[:12]}"
