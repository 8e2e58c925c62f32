"""Robustness: predicted probabilities under increasing distortions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cnn_core.data.distortions import MOST_SHIFT, Distortion, distort_all
from cnn_core.experiment.preprocess import to_inputs, to_picture
from cnn_core.inspection.model.probe import Probe


@dataclass(frozen=True)
class Curve:
    """`values` (n,) of one knob → `shares` (n,), the probability of the answer before, and the `answers` (n,) given."""

    values: np.ndarray
    shares: np.ndarray
    answers: np.ndarray


@dataclass(frozen=True)
class Robustness:
    """`before` (classes,) are the probabilities for the original image, `now` for the distorted one.

    `answer` is the class answered before. In the shift map `shares` and `answers` (13, 13) stand in rows from
    6 pixels up to 6 down and in columns from 6 pixels left to 6 right.
    """

    answer: int
    before: np.ndarray
    now: np.ndarray
    curves: dict[str, Curve]
    map_shares: np.ndarray
    map_answers: np.ndarray


def measure_robustness(probe: Probe, inputs: np.ndarray, distortion: Distortion) -> Robustness:
    """Varies each parameter of `distortion` over its range with the others fixed, and all shifts.

    `inputs` (1, …) is the undistorted prepared input. The network is asked once, for all images together.
    """
    along = {name: _along(distortion, name) for name in Distortion.model_fields}
    shifted = [
        distortion.model_copy(update={"shift_x": x, "shift_y": y})
        for y in range(-MOST_SHIFT, MOST_SHIFT + 1)
        for x in range(-MOST_SHIFT, MOST_SHIFT + 1)
    ]
    wanted = [Distortion(), distortion, *shifted, *(d for row in along.values() for d in row)]
    place = {d: index for index, d in enumerate(dict.fromkeys(wanted))}  # many are met twice, and asked for once
    pictures = distort_all(to_picture(inputs, probe.experiment), list(place))
    probabilities = probe.predict_inputs(to_inputs(pictures, probe.experiment))
    answer = int(probabilities[0].argmax())
    shares, answers = probabilities[:, answer], probabilities.argmax(axis=1)
    curves = {}
    for name, row in along.items():
        places = [place[d] for d in row]
        curves[name] = Curve(knob_values(name), shares[places], answers[places])
    places, side = [place[d] for d in shifted], 2 * MOST_SHIFT + 1
    return Robustness(
        answer,
        before=probabilities[0],
        now=probabilities[place[distortion]],
        curves=curves,
        map_shares=shares[places].reshape(side, side),
        map_answers=answers[places].reshape(side, side),
    )


def _along(distortion: Distortion, name: str) -> list[Distortion]:
    return [distortion.model_copy(update={name: value}) for value in knob_values(name).tolist()]


def knob_values(name: str) -> np.ndarray:
    """The values (n,) that a knob of `Distortion` can be set to, from its lowest to its highest."""
    low, high, step = knob_range(name)
    return np.asarray(low + step * np.arange(round((high - low) / step) + 1))


@lru_cache(maxsize=16)
def knob_range(name: str) -> tuple[float, float, float]:
    """Lowest, highest, and step of a knob of `Distortion`, as its field declares them; ints where it takes those."""
    knob = Distortion.model_json_schema()["properties"][name]
    low, high, step = (type(knob["default"])(knob[key]) for key in ("minimum", "maximum", "step"))
    return low, high, step
