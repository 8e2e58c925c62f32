"""The stored form of a visitor's state: JSON with a version, each part of which is read by itself."""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from cnn_core.experiment import Experiment
from ui.session.model import CanvasHistory, DesignDraft, Drawing, Reading, SessionState

logger = logging.getLogger(__name__)

VERSION = 1
MAX_BYTES = 6_000_000  # of a document; older drawings are dropped first
_MAX_DRAWINGS_BYTES = 2_000_000
_MAX_WIDGETS = 3_000
_CANVAS_SHAPE = (280, 280)


def write_document(state: SessionState) -> str:
    """The state as JSON. Drawings and experiments are encoded once, so that this takes about a millisecond."""
    plain = {
        "run_id": state.run_id,
        "watched_run": state.watched_run,
        "compared": list(state.compared),
        "language": state.language if state.language_chosen else "",
        "widgets": dict(list(state.widgets.items())[-_MAX_WIDGETS:]),
        "reading": _reading_to_dict(state.reading),
    }
    draft, (drawings, position) = state.draft, _newest_drawings(state.sheet)
    parts = {
        "version": str(VERSION),
        "plain": json.dumps(plain),
        "design": _join_object(
            facts=json.dumps({"origin": draft.origin, "selected": draft.selected, "version": draft.version}),
            current=_encode_experiment(draft.design),
            undo=_join_list([_encode_experiment(past) for past in list(draft.undo)]),
            redo=_join_list([_encode_experiment(past) for past in list(draft.redo)]),
        ),
        "canvas": _join_object(position=str(position), drawings=_join_list(drawings)),
    }
    return _join_object(**parts)


def _join_object(**encoded: str) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in encoded.items()) + "}"


def _join_list(encoded: list[str]) -> str:
    return f"[{', '.join(encoded)}]"


def read_document(text: str, state: SessionState) -> None:
    """Fills the state from JSON. A part that is damaged, or that is of a newer version, keeps its default."""
    try:
        document = json.loads(text)
        if document["version"] != VERSION:
            return
    except (ValueError, TypeError, KeyError, RecursionError):
        logger.warning("A visitor's stored state is damaged; the defaults are used.")
        return
    for name, read in _PARTS.items():
        try:
            read(document[name], state)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, RecursionError) as error:
            logger.warning("The part %r of a visitor's stored state is damaged: %s", name, error)


def _read_plain(part: dict[str, Any], state: SessionState) -> None:
    state.run_id = str(part["run_id"])
    state.watched_run = None if part["watched_run"] is None else str(part["watched_run"])
    state.compared = [str(name) for name in part["compared"]]
    state.language = str(part["language"])
    state.language_chosen = bool(state.language)
    state.widgets = {str(key): value for key, value in part["widgets"].items() if is_plain(value)}
    stored = part["reading"]
    state.reading = Reading(
        tab=str(stored["tab"]),
        article=str(stored["article"]),
        steps={str(name): int(step) for name, step in stored["steps"].items()},
        seen={str(name): {int(step) for step in steps} for name, steps in stored["seen"].items()},
        runs={str(name): str(run) for name, run in stored["runs"].items()},
    )


def _read_design(part: dict[str, Any], state: SessionState) -> None:
    facts = part["facts"]
    state.draft = DesignDraft(
        design=Experiment.model_validate(part["current"]),
        origin=str(facts["origin"]),
        selected=str(facts["selected"]),
        undo=[Experiment.model_validate(past) for past in part["undo"]],
        redo=[Experiment.model_validate(past) for past in part["redo"]],
        version=int(facts["version"]),
    )


def _read_canvas(part: dict[str, Any], state: SessionState) -> None:
    drawings = [read_drawing(drawing) for drawing in part["drawings"]]
    position = int(part["position"])
    if not 0 <= position < len(drawings):
        raise IndexError(position)
    state.sheet = CanvasHistory(drawings=drawings, position=position)


_PARTS: dict[str, Callable[[dict[str, Any], SessionState], None]] = {
    "plain": _read_plain,
    "design": _read_design,
    "canvas": _read_canvas,
}


def read_drawing(stored: dict[str, Any] | None) -> Drawing:
    """The inverse of `Drawing.as_json`. Raises `ValueError`, `KeyError`, `TypeError` or `OSError` for a damaged one."""
    if stored is None:
        return Drawing()
    with Image.open(BytesIO(b64decode(stored["pixels"])), formats=["PNG"]) as image:
        if image.size != _CANVAS_SHAPE[::-1]:
            raise ValueError(image.size)
        return Drawing(dict(stored["strokes"]), np.asarray(image.convert("L")))


def is_plain(value: object) -> bool:
    """Whether a widget's value can be stored: JSON of one level, or a list of such values."""
    if isinstance(value, (list, tuple)):
        return all(isinstance(item, (str, int, float, bool)) for item in value)
    return value is None or type(value) in (str, int, float, bool)


def _reading_to_dict(reading: Reading) -> dict[str, Any]:
    stored = asdict(reading)
    return {
        "seen": {name: sorted(steps) for name, steps in stored["seen"].items()},
        **{name: stored[name] for name in ("tab", "article", "steps", "runs")},
    }


def _newest_drawings(sheet: CanvasHistory) -> tuple[list[str], int]:
    """The encoded drawings within the limit of bytes, always the current one, and its position among them."""
    drawings, position = list(sheet.drawings), sheet.position
    encoded = [drawing.as_json for drawing in drawings]
    first, size = position, len(encoded[position])
    last = position
    while last + 1 < len(encoded) and size + len(encoded[last + 1]) <= _MAX_DRAWINGS_BYTES:
        last += 1
        size += len(encoded[last])
    while first > 0 and size + len(encoded[first - 1]) <= _MAX_DRAWINGS_BYTES:
        first -= 1
        size += len(encoded[first])
    return encoded[first : last + 1], position - first


@lru_cache(maxsize=2048)
def _encode_experiment(experiment: Experiment) -> str:
    return experiment.model_dump_json()
