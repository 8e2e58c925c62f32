"""Live predictions for a few fixed images."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.figures.thumbnails import encode_png
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.components import read_asset
from ui.server.waiting import is_ready
from ui.session.state import session
from ui.shared.probability_bars import format_share
from ui.text import describe, text, translate_core, words
from ui.train.feed_address import INK, feed_of
from ui.train.live_model import look_into, remember_drawing
from ui.train.shared_model import View

_pictures = st.components.v2.component(
    "cnn_lab_pictures",
    html='<div class="pictures" role="list"></div><p class="note"></p>\n',
    css=read_asset("train/pictures.css"),
    js=read_asset("train/follow.js") + read_asset("train/pictures.js"),
)


def render_pictures(run: RunRecord) -> None:
    """Four test images, and the reader's drawing if there is one; of a run under way the browser fetches them."""
    ink = session().ink
    feed = feed_of(run.id, "pictures", **{INK: remember_drawing(ink)}) if run.is_active else ""
    _pictures(key="live-pictures", data=pack_pictures(run, ink) | {"places": 4, "feed": feed})


def pack_pictures(run: RunRecord, ink: np.ndarray | None) -> dict[str, Any]:
    """What the browser shows; `ink` is a drawing (H, W). No rows while the images are on their way."""
    view = look_into(run, ink)
    rows = [] if view is None else _describe(view, run)
    return {"rows": rows, "note": _note(view, run), "color": style_of(run.style).color}


def read_version(run: RunRecord, ink: np.ndarray | None) -> object:
    """Another one when `pack_pictures` has something else to show; it takes no image apart."""
    view = look_into(run, ink)
    return is_ready(), run.is_active, run.labels, view and view.version


def _describe(view: View, run: RunRecord) -> list[dict[str, object]]:
    """One row per image; `right` is None where there is no truth, or no answer yet."""
    names = words(DATASETS[run.experiment.dataset].class_names)
    pictures: list[tuple[np.ndarray, int | None]] = []
    if view.samples:
        pictures += list(zip(view.samples.images, view.samples.labels, strict=True))
    if view.ink is not None:
        pictures.append((np.rint(view.ink * 255).astype(np.uint8)[..., np.newaxis], None))
    rows: list[dict[str, object]] = []
    for index, (image, label) in enumerate(pictures):
        truth = text("live.drawing") if label is None else text("live.truth", label=names[label])
        row: dict[str, object] = {"picture": encode_png(image), "truth": truth, "answer": "", "right": None, "share": 0}
        probabilities = view.glimpse.probabilities[index] if view.glimpse else None
        if probabilities is not None and np.isfinite(probabilities).all():
            best = int(np.argmax(probabilities))
            share = float(probabilities[best])
            row |= {"answer": names[best], "share": share, "shown": format_share(share)}
            row["right"] = None if label is None else best == label
        rows.append(row)
    return rows


def _note(view: View | None, run: RunRecord) -> str:
    """What there is to say below the images; the line is kept free when there is nothing."""
    if not is_ready():
        return text("live.pictures_wait")
    if view is None:
        return ""
    if view.problem:
        return describe(view.problem)
    if view.count == 0:
        return text("live.no_pictures", name=translate_core(DATASETS[run.experiment.dataset].title))
    if not view.has_weights and not run.is_active:
        return text("live.no_weights")
    if view.samples and view.samples.own:
        return text("live.own_pictures", name=translate_core(DATASETS[run.experiment.dataset].title))
    return ""
