"""A network looked into while it learns: what every session that watches a run shares."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import DatasetName
from cnn_core.data.datasets.samples import Samples, pick_samples
from cnn_core.data.ink import centre_ink
from cnn_core.experiment import Experiment
from cnn_core.runs.store import RunRecord
from ui.server.waiting import is_ready
from ui.train.shared_model import SharedModel, View, Watcher

_REMEMBERED = 200  # drawings, of all sessions
_drawings: OrderedDict[str, np.ndarray] = OrderedDict()


def look_into(run: RunRecord, ink: np.ndarray | None, shown: int | None = None) -> View | None:
    """`ink` is the reader's drawing, (H, W); `shown` the image whose maps are wanted.

    None while the images are on their way; without a glimpse while TensorFlow or the weights are.
    """
    samples = _samples(run.experiment.dataset)
    if not samples.done():
        return None
    return _watcher(run.id, ink, shown, samples.result(), run.experiment).look(run)


def is_waiting(run: RunRecord, ink: np.ndarray | None, shown: int | None = None) -> bool:
    """Whether a page that shows what `look_into` gives should ask again soon, although nothing is trained."""
    samples = _samples(run.experiment.dataset)
    if not is_ready() or not samples.done():
        return True
    return _watcher(run.id, ink, shown, samples.result(), run.experiment).is_behind(run)


def remember_drawing(ink: np.ndarray | None) -> str:
    """A name under which a request that belongs to no session finds this drawing again; empty for none."""
    if ink is None:
        return ""
    name = hashlib.md5(ink.tobytes(), usedforsecurity=False).hexdigest()
    _drawings[name] = ink
    _drawings.move_to_end(name)
    while len(_drawings) > _REMEMBERED:
        _drawings.popitem(last=False)
    return name


def recall_drawing(name: str) -> np.ndarray | None:
    """None where there is none, or it is forgotten."""
    return _drawings.get(name)


@st.cache_resource(max_entries=12, show_spinner=False)
def _watcher(
    run_id: str, ink: np.ndarray | None, shown: int | None, _samples: Samples | None, _experiment: Experiment
) -> Watcher:
    view = View(_samples, None if ink is None else centre_ink(ink))
    return Watcher(_pool(), _bench(run_id, _experiment), view, shown)


@st.cache_resource(max_entries=4, show_spinner=False)
def _bench(run_id: str, _experiment: Experiment) -> SharedModel:
    return SharedModel(_experiment)


@st.cache_resource(show_spinner=False)
def _samples(name: DatasetName) -> Future[Samples | None]:
    return _pool().submit(pick_samples, name)


@st.cache_resource(show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-model")
