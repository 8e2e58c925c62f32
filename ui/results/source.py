"""Test predictions of a run, computed in the background and cached for all sessions."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import DataError, ModelError
from cnn_core.evaluation.predictions import Predictions, compute_predictions, open_epoch, read_predictions
from cnn_core.runs.snapshots import list_snapshots
from cnn_core.runs.store import RunRecord
from ui.server.models import open_probe
from ui.server.resources import get_tensorflow
from ui.shared.datasets import cached_dataset

KEPT = -1  # the kept model, where others are epochs
_ONE_AT_A_TIME = threading.Lock()  # each takes all cores for a second or so


@dataclass(frozen=True)
class Answers:
    """`note` is a sentence about what was wrong with the run's own file, where something was."""

    predictions: Predictions
    note: str = ""


def list_choices(run: RunRecord) -> list[int]:
    """Epochs whose weights are there (0: untrained), and KEPT last. The kept epoch's own snapshot is left out."""
    has_kept = not run.is_active and (run.has_model or run.folder.predictions_path.exists())
    epochs = list_snapshots(run.folder.weights_dir)
    if not has_kept:
        return epochs
    kept = kept_epoch(run)
    return [epoch for epoch in epochs if not (epoch == kept == epochs[-1])] + [KEPT]


def kept_epoch(run: RunRecord) -> int | None:
    """Epoch of the saved model, if recorded."""
    result = run.history.result
    return result.get("epoch", len(run.history.epochs) or None) if result else None


def ask(run: RunRecord, choice: int) -> Future[Answers]:
    """Begins to ask, or takes what was asked before. The future raises `CnnLabError`."""
    weights = run.folder.weights_dir / f"epoch-{choice:04d}.npz"
    files = (run.folder.model_path, run.folder.predictions_path) if choice == KEPT else (weights,)
    changed = tuple(_changed(path) for path in (*files, DATASETS[run.experiment.dataset].find_file()))
    return _ask(str(run.folder.path), choice, changed, run)


@st.cache_resource(max_entries=32, show_spinner=False)
def _ask(folder: str, choice: int, changed: tuple[int, ...], _run: RunRecord) -> Future[Answers]:
    future: Future[Answers] = Future()

    def work() -> None:
        try:
            future.set_result(_answer(_run, choice))
        except Exception as error:  # raised again by the waiting thread
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return future


def _answer(run: RunRecord, choice: int) -> Answers:
    name, note = run.experiment.dataset, ""
    dataset = cached_dataset(name) if is_available(name) else None
    if choice == KEPT:
        try:
            written = read_predictions(run.folder)
            if written and (dataset is None or written.belong_to(dataset)):
                return Answers(written)
        except ModelError as error:
            if dataset is None or not run.has_model:
                raise
            note = str(error)
    if dataset is None:
        raise DataError("The test images of {name} are not on this computer.", name=name)
    get_tensorflow().start()
    get_tensorflow().ready.wait()
    with _ONE_AT_A_TIME:
        probe = open_probe(run) if choice == KEPT else open_epoch(run.folder, choice)
        return Answers(compute_predictions(probe.predict_inputs, run.experiment, dataset), note)


def _changed(path: Path | None) -> int:
    return path.stat().st_mtime_ns if path and path.exists() else 0
