"""State of the Filters tab: selection, ablated filters, and cached results."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from cnn_core.data.datasets.load import is_available
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.inspection.filters.kernels import Kernels, list_kernels
from cnn_core.inspection.model.walk import Progress
from cnn_core.runs.store import RunRecord
from ui.layers.subject import Subject
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import cached_dataset

Found = TypeVar("Found")
OffFilters = frozenset[tuple[str, int]]  # (convolution, filter from 0)


def layer_key(run: RunRecord) -> str:
    return f"filters.layer.{run.id}"


def filter_key(run: RunRecord, kernels_id: str) -> str:
    return f"filters.chosen.{run.id}.{kernels_id}"


def choose(run: RunRecord, kernels_id: str, number: int) -> None:
    """Selects a filter; from a callback."""
    set_widget(layer_key(run), kernels_id)
    set_widget(filter_key(run, kernels_id), number)


def off_filters(run: RunRecord) -> OffFilters:
    off: OffFilters = widget_value(_off_key(run), frozenset())
    return off


def switch(run: RunRecord, layer: str, number: int) -> None:
    """On becomes off, and off becomes on; from a callback."""
    set_widget(_off_key(run), off_filters(run) ^ {(layer, number)})


def switch_all_on(run: RunRecord) -> None:
    set_widget(_off_key(run), frozenset())


def by_layer(off: OffFilters) -> dict[str, list[int]]:
    grouped: dict[str, list[int]] = {}
    for layer, number in sorted(off):
        grouped.setdefault(layer, []).append(number)
    return grouped


def moment_stamp(subject: Subject) -> tuple[Hashable, ...]:
    """Cache key of the weights: run, training moment and file."""
    path = subject.moment.path(subject.run)
    changed = path.stat().st_mtime_ns if path.exists() else 0
    return subject.run.id, subject.moment.id, changed


def kernels_of(subject: Subject) -> tuple[Kernels, ...]:
    """Raises `ModelError`."""
    return _read_kernels(moment_stamp(subject), subject)


@st.cache_resource(max_entries=8, show_spinner=False)
def _read_kernels(stamp: tuple[Hashable, ...], _subject: Subject) -> tuple[Kernels, ...]:
    with _subject.opened() as probe:
        return list_kernels(probe.model)


def read_test_inputs(subject: Subject, at_most: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Test images as the network takes them, float32 (N, …), and labels (N,); None where they are not here."""
    experiment = subject.run.experiment
    if not is_available(experiment.dataset):
        return None
    dataset = cached_dataset(experiment.dataset)
    images = dataset.x_test[:at_most]
    prepared = prepare_images(images, experiment.training.input_scaling)
    return prepared, dataset.y_test[:at_most]


def remember(key: tuple[Hashable, ...], words: str, compute: Callable[[Progress], Found]) -> Found:
    """What `compute` found for this key, kept for all sessions; the first time, a bar shows how far it is."""
    kept = _slot(key)
    if not kept:
        bar = st.progress(0.0, words)
        try:
            kept.append(compute(lambda share: _advance(bar, share, words)))
        finally:
            bar.empty()
    found: Found = kept[0]
    return found


def is_remembered(key: tuple[Hashable, ...]) -> bool:
    return bool(_slot(key))


def _advance(bar: Any, share: float, words: str) -> None:
    bar.progress(share, words)


@st.cache_resource(max_entries=128, show_spinner=False)
def _slot(key: tuple[Hashable, ...]) -> list[Any]:
    return []


def _off_key(run: RunRecord) -> str:
    return f"filters.off.{run.id}"
