"""What a visitor has chosen, drawn and designed: the typed state of all pages."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from cnn_core.experiment import Experiment
from cnn_core.experiment.starters import STARTERS

_REMEMBERED = 50
FIRST_DESIGN = "three-conv-3x3-valid"


@dataclass(frozen=True, eq=False)
class Drawing:
    """`strokes` is the canvas's own description, `pixels` the same as uint8 (H, W), 255 full ink; None is a blank."""

    strokes: dict[str, Any] | None = None
    pixels: np.ndarray | None = None

    @cached_property
    def as_json(self) -> str:
        """Encoded once, as the history is written after every stroke."""
        if self.pixels is None:
            return "null"
        buffer = BytesIO()
        Image.fromarray(self.pixels).save(buffer, "PNG")
        return json.dumps({"strokes": self.strokes, "pixels": b64encode(buffer.getvalue()).decode()})


@dataclass
class CanvasHistory:
    """What is on the canvas, and what was: undo and redo move `position` along `drawings`."""

    drawings: list[Drawing] = field(default_factory=lambda: [Drawing()])
    position: int = 0
    page: str = ""  # that shows the canvas; empty when it was left, so that the canvas is mounted again
    version: int = 0  # a new one mounts the canvas again, with `start` on it
    start: dict[str, Any] | None = None
    received: dict[str, Any] | None = None  # the last value of the mounted canvas

    @property
    def drawing(self) -> Drawing:
        return self.drawings[self.position]

    @property
    def can_undo(self) -> bool:
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        return self.position < len(self.drawings) - 1

    def add(self, drawing: Drawing) -> None:
        self.drawings = [*self.drawings[: self.position + 1], drawing][-_REMEMBERED:]
        self.position = len(self.drawings) - 1

    def go(self, step: int) -> None:
        self.position = min(max(self.position + step, 0), len(self.drawings) - 1)
        self.mount_anew()

    def mount_anew(self) -> None:
        self.start, self.received, self.version = self.drawing.strokes, None, self.version + 1


@dataclass
class DesignDraft:
    """The design under work: what it is, what it came from, which layer is selected, and the way back."""

    design: Experiment = field(default_factory=lambda: STARTERS[FIRST_DESIGN])
    origin: str = FIRST_DESIGN
    selected: str = ""
    undo: list[Experiment] = field(default_factory=list)
    redo: list[Experiment] = field(default_factory=list)
    version: int = 0  # grows when something else than a knob changed the design: knobs then start again

    def change(self, design: Experiment, by_knob: bool = False) -> None:
        """The design becomes another one; undo brings this one back."""
        if design != self.design:
            self.undo, self.redo = [*self.undo, self.design][-_REMEMBERED:], []
            self._show(design, by_knob)

    def load(self, origin: str, design: Experiment) -> None:
        self.change(design)
        self.origin, self.selected = origin, ""

    def step_back(self) -> None:
        if self.undo:
            self.redo.append(self.design)
            self._show(self.undo.pop())

    def step_forward(self) -> None:
        if self.redo:
            self.undo.append(self.design)
            self._show(self.redo.pop())

    def _show(self, design: Experiment, by_knob: bool = False) -> None:
        self.design = design
        self.version += not by_knob


@dataclass
class Reading:
    """Where the reader is on the page Learn: its tab, the article, and the step of each article, counted from 1.

    `runs` are the runs started from an article, `address` is what was written into the browser's address last. `away`:
    a step was left for the page that it speaks of, and that page shows the way back.
    """

    tab: str = "articles"
    article: str = "R1"
    steps: dict[str, int] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=dict)
    runs: dict[str, str] = field(default_factory=dict)
    address: tuple[str, str] = ("", "")
    away: bool = False


@dataclass
class SessionState:
    """The chosen model, the drawing, the design, and which runs are shown.

    `run_id` is empty until a model is chosen: each page has its own to begin with. `language` is a key of
    `ui.text.language.LANGUAGES`, empty before the first page. `owner` identifies the visitor to queue, runs and trash;
    it is that of the browser if `is_kept`, else of this session. `widgets` has the last values of widgets whose key is
    `remembered`, `tab` identifies this session among those of the same visitor, and `revision` is the version of the
    visitor's stored state that it has seen.
    """

    run_id: str = ""
    sheet: CanvasHistory = field(default_factory=CanvasHistory)
    draft: DesignDraft = field(default_factory=DesignDraft)
    reading: Reading = field(default_factory=Reading)
    watched_run: str | None = None
    compared: list[str] = field(default_factory=list)
    page: str = ""  # that is shown
    page_keys: set[str] = field(default_factory=set)  # of widgets on it that a link holds
    linked: dict[str, Any] = field(default_factory=dict)  # values of a link for widgets that are not rendered yet
    link: str = ""  # the last one that was opened
    language: str = ""
    language_chosen: bool = False  # by the visitor or by the link, and not by the browser
    widgets: dict[str, Any] = field(default_factory=dict)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    is_kept: bool = False
    tab: str = field(default_factory=lambda: secrets.token_hex(4))
    revision: int = 0
    saved: str = ""

    def enter(self, page: str) -> None:
        """Notes a page change: the browser has unmounted the canvas, which starts with the current drawing again."""
        if page != self.page:
            self.page, self.sheet.page = page, ""
            self.page_keys = set()

    @property
    def ink(self) -> np.ndarray | None:
        """The drawing as (280, 280) ink, 0 paper to 1 full ink; None while the sheet is blank."""
        pixels = self.sheet.drawing.pixels
        return None if pixels is None else pixels.astype(np.float32) / 255.0
