"""A few training images with their training labels, wrong ones included."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import DataError
from cnn_core.experiment import Experiment
from cnn_core.experiment.targets import make_target
from cnn_core.training.arrays import add_label_noise
from ui.shared.datasets import cached_dataset
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.text import text, words

SHOWN = 8
_EXAMPLE_CLASS = 5
_WRONG_AT_LEAST = 2  # of those shown, where there are any: a small share would rarely be seen


def training_data(experiment: Experiment) -> Dataset | None:
    """The dataset, or None where it is not on this computer or can't be read (the page offers ways to have it)."""
    try:
        return cached_dataset(experiment.dataset) if is_available(experiment.dataset) else None
    except DataError:
        return None


def count_images(experiment: Experiment) -> int:
    """Training images of the dataset: of the file that is here, which may be a part of it, else of the whole."""
    dataset = training_data(experiment)
    return len(dataset.x_train) if dataset else DATASETS[experiment.dataset].train_count


def render_data_preview(experiment: Experiment) -> None:
    dataset = training_data(experiment)
    if dataset is None:
        st.caption(text("data_preview.missing"))
        return
    names, training = dataset.info.class_names, experiment.training
    truth = dataset.y_train[: training.count_samples(len(dataset.y_train))]
    labels = add_label_noise(truth, training, len(names))
    wrong = int((labels != truth).sum())
    st.caption(
        text("data_preview.noisy", wrong=f"{wrong:,}", images=f"{len(truth):,}")
        if wrong
        else text("data_preview.clean", images=f"{len(truth):,}")
    )
    pictures = [
        Thumbnail(
            dataset.x_train[index],
            names[labels[index]],
            text("data_preview.truth", label=names[truth[index]]) if labels[index] != truth[index] else "",
            wrong=bool(labels[index] != truth[index]),
        )
        for index in choose_examples(truth, labels)
    ]
    render_strip(text("data_preview.title"), pictures, key="setup-data-preview")


def choose_examples(truth: np.ndarray, labels: np.ndarray) -> list[int]:
    """The first images; where few of them have a wrong label, the last ones give way to the next that have."""
    first = list(range(min(SHOWN, len(truth))))
    wrong = [int(index) for index in np.flatnonzero(labels != truth)[:_WRONG_AT_LEAST]]
    missing = [index for index in wrong if index not in first]
    return first[: len(first) - len(missing)] + missing


def describe_target(experiment: Experiment) -> str:
    """A label of this dataset, the first training image's where it is there, in the form that the loss expects."""
    dataset = training_data(experiment)
    names = words(DATASETS[experiment.dataset].class_names)
    label = int(dataset.y_train[0]) if dataset else _EXAMPLE_CLASS
    target = make_target(label, len(names), experiment.training)
    shown = str(target) if isinstance(target, int) else f"[{', '.join(f'{share:.4g}' for share in target)}]"
    return text("data_preview.target", label=names[label], target=shown)
