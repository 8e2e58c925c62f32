"""Evaluation of one set of weights: metrics, confusion matrix, and images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.metrics import find_confusions
from cnn_core.evaluation.predictions import name_classes, predict_images
from cnn_core.palette import style_of
from cnn_core.runs.store import RunRecord
from ui.results.cards import Gallery
from ui.results.images import render_gallery, render_image
from ui.results.matrix import render_class_table, render_matrix
from ui.results.source import KEPT, Answers, kept_epoch
from ui.server.models import open_probe
from ui.server.waiting import is_ready
from ui.session.state import widget_value
from ui.shared.datasets import cached_dataset
from ui.shared.model_picker import format_accuracy
from ui.text import explain, text, words


def render_judgement(run: RunRecord, choice: int, answers: Answers) -> None:
    """`choice` is an epoch or KEPT, `answers` are those of its weights."""
    predictions = answers.predictions
    loss = predictions.loss(run.experiment)
    if choice == KEPT and run.history.result:
        loss = run.history.result.get("test_loss") or loss  # exact, where the answers are kept in half precision
    mistakes = int((predictions.predicted != predictions.labels).sum())
    st.markdown(
        text(
            "results.judgement",
            when=name_choice(run, choice),
            accuracy=format_accuracy(predictions.accuracy),
            loss=f"{loss:.4g}",
            mistakes=f"{mistakes:,}",
            count=f"{len(predictions.labels):,}",
        )
    )
    if answers.note:
        st.warning(explain(answers.note), icon=":material/report:")
    if not predictions.are_numbers:
        st.warning(text("results.not_numbers"), icon=":material/report:")
    name = run.experiment.dataset
    names = words(name_classes(name, predictions.classes))
    images = cached_dataset(name).x_test if is_available(name) else None
    gallery = Gallery(
        predictions, names, images, f"results.{run.id}", style_of(run.style).color, _find_exact(run, choice, images)
    )
    most = find_confusions(predictions.matrix)[:1]
    cell = widget_value(gallery.key("cell")) or (most[0][:2] if most else (0, 0))
    matrix, chosen = st.columns(2, gap="medium")
    with matrix:
        render_matrix(predictions.matrix, names, cell, gallery)
    with chosen:
        render_gallery(gallery, cell)
    image, table = st.columns(2, gap="medium")
    with image:
        render_image(gallery)
    with table:
        render_class_table(predictions.matrix, names)


def _find_exact(run: RunRecord, choice: int, images: np.ndarray | None) -> Callable[[int], np.ndarray] | None:
    """Asks the kept model about one image, for its answers are written down in half precision; None where it can't."""
    if choice != KEPT or images is None or not run.has_model or not is_ready():
        return None
    experiment = run.experiment
    try:
        probe = open_probe(run)
    except CnnLabError:
        return None
    return lambda index: predict_images(probe.predict_inputs, images[index : index + 1], experiment)[0]


def name_choice(run: RunRecord, choice: int) -> str:
    """What an epoch or the kept model is called."""
    if choice == KEPT:
        epoch = kept_epoch(run)
        return text("results.kept_epoch", epoch=epoch) if epoch else text("results.kept")
    return text("results.after_epoch", epoch=choice) if choice else text("results.untrained")
