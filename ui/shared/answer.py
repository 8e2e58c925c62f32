"""Prediction for a drawing: network input, probabilities, and feature maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.handwriting.examples import DIGIT_STROKES, draw_strokes
from cnn_core.data.ink import centre_ink
from cnn_core.data.photo.detected import DetectedDigit, DetectedDigits
from cnn_core.errors import CnnLabError
from cnn_core.experiment import Experiment
from cnn_core.experiment.preprocess import prepare_ink
from cnn_core.inspection import Probe
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.server.models import open_probe, predict_drawing
from ui.server.waiting import is_ready, render_wait
from ui.shared.detected_digits import DrawnDigits
from ui.shared.maps import Picture, ink_picture, picture_of, render_maps
from ui.shared.model_picker import sign_of
from ui.shared.probability_bars import format_share, render_probabilities
from ui.text import explain, text, words
from ui.text.plain import plain

EXAMPLE_DIGIT = 3
_STRIP_CHANNELS = 4


def probe_or_wait(run: RunRecord, height: int = 0) -> Probe | None:
    """The model, or None after saying why there is none yet; `height` in pixels is kept free for what will come."""
    if not is_ready():
        render_wait(height)
        return None
    try:
        return open_probe(run)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return None


def render_answer(run: RunRecord, found: DrawnDigits | None, key: str, named: bool = False) -> None:
    """The answer in one line and ten bars, below the model's name where it is `named`; an invitation while the canvas
    is blank. One text and one image: each element more is time between the pen and four models' answers.
    """
    names = words(DATASETS[run.experiment.dataset].class_names)
    lines = [f"{sign_of(run)} **{plain(run.name)}**"] if named else []
    if lines and not is_ready():
        st.markdown(lines.pop())  # above the message about the wait
    probe = None if found is None else probe_or_wait(run)
    shown = None
    if found is None:
        lines += [f"### {text('answer.invitation')}", f":small[:gray[{text('answer.blank')}]]"]
    elif probe is not None:
        answers = [predict_drawing(run, probe, centred) for centred in found.inputs_of(run)]
        shown = min(answers, key=np.max)  # of several digits the least sure one
        if len(answers) == 1:
            lines += _describe(shown, names)
        else:
            lines += _describe_several(answers, names, found.found)
        if DATASETS[run.experiment.dataset].holds_digits:
            unlike = warn_of_unlike(found.found.digits)
            lines += [f":small[:orange[:material/warning: {unlike}]]"] if unlike else []
    if lines:
        st.markdown("\n\n".join(lines))
    render_probabilities(shown, names, style_of(run.style).color, key=f"bars-{key}")


def _describe(probabilities: np.ndarray, names: Sequence[str]) -> list[str]:
    best, second = (int(i) for i in np.argsort(-probabilities)[:2])
    share, other = (format_share(float(probabilities[i])) for i in (best, second))
    sure = text("answer.sure", share=share, second=names[second], other=other)
    return [f"### {text('answer.is', label=names[best])}", f":small[:gray[{sure}]]"]


def _describe_several(answers: Sequence[np.ndarray], names: Sequence[str], found: DetectedDigits) -> list[str]:
    """Each row of digits is a line of its own; the least certain digit is marked."""
    labels = [names[int(answer.argmax())] for answer in answers]
    shares = [float(answer.max()) for answer in answers]
    least = int(np.argmin(shares))
    each = [f"**{label}** {format_share(share)}" for label, share in zip(labels, shares, strict=True)]
    each[least] = f":orange[:material/priority_high:{each[least]}]"
    lines = ["".join(row) for row in found.by_row(labels)]
    shown = [" · ".join(row) for row in found.by_row(each)]
    bars = text("answer.bars_of", place=least + 1, count=len(answers))
    heads = [f"### {text('answer.is', label=lines[0])}", *(f"### {line}" for line in lines[1:])]
    return [*heads, *(f":small[{line}]" for line in shown), f":small[:gray[{bars}]]"]


def warn_of_unlike(digits: Sequence[DetectedDigit]) -> str:
    """A sentence if a digit looks like none, as a network names one of its classes for anything; "" otherwise."""
    unlike = [str(place) for place, digit in enumerate(digits, 1) if digit.is_unlike]
    if not unlike:
        return ""
    return text("answer.unlike") if len(digits) == 1 else text("answer.unlike_of", places=", ".join(unlike))


def render_strip(run: RunRecord, ink: np.ndarray | None, key: str) -> None:
    """Input and a few maps of each convolution and pooling, left to right; an example digit while nothing is drawn."""
    shown = centre_ink(ink if ink is not None else example_ink())
    st.caption(text("answer.strip" if ink is not None else "answer.strip_example", model=plain(run.name)))
    probe = probe_or_wait(run, height=130)
    if probe is None:
        return
    pictures = [ink_picture(text("maps.input"), "28×28", shown)]
    for output in probe.inspect_ink(shown):
        if output.traits.slides:
            channels = _lively_channels(run.id, probe)[output.name]
            pictures.append(_few(picture_of(output), channels))
    render_maps(pictures, key=f"strip-{key}", strip=True, tile=46)


def render_network_input(run: RunRecord, found: DrawnDigits | None, key: str) -> None:
    """The very numbers that the network receives, of several digits each."""
    asked = found.inputs_of(run) if found else [np.zeros((28, 28), np.float32)]
    views = [network_view(text("maps.input"), centred, run.experiment) for centred in asked]
    # Several digits have one channel each: together they are the channels of one image.
    view = replace(views[0], values=np.concatenate([one.values for one in views], axis=2))
    render_maps([view], key=f"input-{key}", tile=196 if len(asked) == 1 else 84)


def network_view(title: str, centred: np.ndarray, experiment: Experiment) -> Picture:
    """Centerd ink (28, 28) as this experiment's model gets it: scaled or raw, in its own size and channels."""
    values = prepare_ink(centred, experiment)[0]
    return ink_picture(title, "×".join(map(str, values.shape)), values)


def example_ink() -> np.ndarray:
    return draw_strokes(DIGIT_STROKES[EXAMPLE_DIGIT])


def _few(picture: Picture, channels: tuple[int, ...]) -> Picture:
    return Picture(picture.title, picture.caption, picture.values[:, :, channels], channels=channels)


@st.cache_data(max_entries=32, show_spinner=False)
def _lively_channels(run_id: str, _probe: Probe) -> dict[str, tuple[int, ...]]:
    """The channels that answer most to our ten example digits: fixed, so that tiles don't trade places."""
    totals: dict[str, np.ndarray] = {}
    for strokes in DIGIT_STROKES.values():
        for output in _probe.inspect_ink(centre_ink(draw_strokes(strokes))):
            if output.is_map:
                strength = np.abs(output.values).mean(axis=(0, 1))
                totals[output.name] = totals.get(output.name, 0) + strength
    return {
        name: tuple(sorted(int(c) for c in np.argsort(-strength)[:_STRIP_CHANNELS]))
        for name, strength in totals.items()
    }
