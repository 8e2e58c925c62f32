"""Server-wide resources: run store, executor, and the import of TensorFlow."""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import streamlit as st

from cnn_core.execution import LocalExecutor
from cnn_core.extensions import load_extensions
from cnn_core.runs import RunStore, default_runs_dir
from cnn_core.sweeps import SweepService
from ui.session.store import visitors
from ui.streamlit_patches.keras_guard import keep_keras_between_runs
from ui.streamlit_patches.message_queue import keep_runs_whole
from ui.text import text

logger = logging.getLogger(__name__)

PLOTLY_PATH = f"/cnn-lab/plotly-{version('plotly')}.min.js"
# The first image of the page comes before TensorFlow: its import takes both cores for seconds.
_HEAD_START_S = 1.0


class TensorFlow:
    """Background import of TensorFlow, once per server."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self._started = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begins to load it; called when the first page is through. Does nothing from the second time on."""
        with self._lock:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._load, daemon=True).start()

    def _load(self) -> None:
        self.ready.wait(_HEAD_START_S)
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        threading.Thread(target=self._keep_frozen, daemon=True).start()
        import tensorflow as tf

        tf.config.set_visible_devices([], "GPU")  # a worker needs all of its memory
        self._answer_once()
        # TensorFlow's million objects are no garbage: looking through them takes half a second, while everybody waits.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self.ready.set()
        get_executor().warm_up()

    def _keep_frozen(self) -> None:
        """While the import goes on, what it has made so far stays out of garbage collection."""
        while not self.ready.wait(0.1):
            gc.freeze()

    @staticmethod
    def _answer_once() -> None:
        import numpy as np

        from cnn_core.errors import CnnLabError
        from cnn_core.runs.store import DEFAULT_RUN, SCAN_RUN
        from ui.server.models import open_probe

        blank = np.zeros((28, 28), np.float32)
        for name in (DEFAULT_RUN, SCAN_RUN):
            try:
                probe = open_probe(get_store().find(name))
                probe.predict_ink(blank)
                probe.inspect_ink(blank)
            except CnnLabError as error:
                logger.warning("%s", error)


@st.cache_resource(show_spinner=False)
def get_tensorflow() -> TensorFlow:
    return TensorFlow()


def get_store() -> RunStore:
    return _store(default_runs_dir())


def get_executor() -> LocalExecutor:
    return _executor(default_runs_dir())


def get_sweeps() -> SweepService:
    return _sweeps(default_runs_dir())


@st.cache_resource(show_spinner=False)
def _store(runs_dir: Path) -> RunStore:
    return RunStore(runs_dir)


@st.cache_resource(show_spinner=False)
def _executor(runs_dir: Path) -> LocalExecutor:
    return LocalExecutor(_store(runs_dir))


@st.cache_resource(show_spinner=False)
def _sweeps(runs_dir: Path) -> SweepService:
    return SweepService(_store(runs_dir), _executor(runs_dir))


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[dict[str, Any]]:
    load_extensions()
    keep_runs_whole()
    keep_keras_between_runs()
    gc.collect()
    gc.freeze()
    executor, sweeps = get_executor(), get_sweeps()
    threading.Thread(target=_take_up, args=(executor, sweeps), daemon=True).start()
    try:
        yield {}
    finally:
        visitors.flush()
        sweeps.close()
        executor.close()


def _take_up(executor: LocalExecutor, sweeps: SweepService) -> None:
    """Recovers runs, then sweeps, of an earlier server process."""
    executor.reconcile()
    sweeps.go_on_with_unfinished()


def show_script_error(error: Exception) -> bool:
    """Shows a message for an unexpected error; the traceback goes to the log."""
    logger.error("A page failed", exc_info=error)
    st.error(text("errors.page_failed", kind=type(error).__name__), icon=":material/error:")
    return True
