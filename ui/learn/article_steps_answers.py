"""Prediction step of an article."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cnn_core.data.datasets.catalog import OFFLINE_DATASET
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.metrics import find_surest_mistakes
from cnn_core.evaluation.predictions import predict_images
from cnn_core.learning.article_code import FIRST_ANSWERS
from cnn_core.learning.articles import Article
from cnn_core.runs.store import RunRecord
from ui.learn.material import Answers, find_answers, render_stand_in, render_whose_answers
from ui.server.models import open_probe
from ui.server.waiting import is_ready, render_wait
from ui.session.state import set_widget, widget_value
from ui.shared.datasets import cached_dataset
from ui.shared.probability_bars import format_share
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.shared.watches import render_live
from ui.text import explain, text

_AT_RANDOM = 5  # as R3 draws them
_VECTORS = 3  # as R5 prints them
_LINE = 48  # characters: five numbers
_MISTAKES = 5
_DRAW = "learn.draw"


def render_predict(article: Article) -> None:
    answers = find_answers(article)
    render_whose_answers(article, answers)
    if article.short == "R3":
        _render_random(answers)
    elif article.short == "R5":
        render_live("vectors", lambda: _render_vectors(answers))
    else:
        _render_answers(answers, range(FIRST_ANSWERS), key="learn-predicted")
        mistakes = find_surest_mistakes(answers.predictions.probabilities, answers.predictions.labels)
        if len(mistakes):
            st.markdown(text("articles.surest_mistakes"))
            _render_answers(answers, [int(index) for index in mistakes[:_MISTAKES]], key="learn-mistakes")
    if answers.images is None:
        render_live("digits", lambda: _render_digits(answers.run))
        render_stand_in(stands_in=True)


def _render_random(answers: Answers) -> None:
    generator = np.random.default_rng(widget_value(_DRAW, 0))
    chosen = generator.choice(len(answers.predictions.labels), _AT_RANDOM, replace=False)
    _render_answers(answers, [int(index) for index in chosen], key="learn-random")
    again = (_DRAW, widget_value(_DRAW, 0) + 1)
    st.button(text("articles.five_more"), icon=":material/casino:", key="learn.more", on_click=set_widget, args=again)


def _render_vectors(answers: Answers) -> None:
    """The first predictions as the numbers that they are, then as images."""
    vectors = _ask_exactly(answers)
    if vectors is None:
        vectors = answers.predictions.probabilities[:_VECTORS]
        st.caption(text("articles.rounded"))
    for index, vector in enumerate(vectors):
        numbers = np.array2string(vector, formatter={"float_kind": "{:.2e}".format}, max_line_width=_LINE)
        st.code(numbers, language=None)
        best = int(vector.argmax())
        st.caption(text("articles.vector", index=index, place=best, share=format_share(float(vector[best]))))
    _render_answers(answers, range(_VECTORS), key="learn-vectors")


def _ask_exactly(answers: Answers) -> np.ndarray | None:
    """(3, classes) from the network itself, as the kept answers are rounded; None where it can't be asked."""
    if answers.images is None or not is_ready():
        return None
    try:
        return _ask(answers.run, answers.images[:_VECTORS])
    except CnnLabError:
        return None


def _ask(run: RunRecord, images: np.ndarray) -> np.ndarray:
    """uint8 images (N, H, W, C) → probabilities (N, classes). Raises `ModelError`."""
    return predict_images(open_probe(run).predict_inputs, images, run.experiment)


def _render_answers(answers: Answers, indices: Sequence[int], key: str) -> None:
    """Images with "Prediction / Actual"; a table where the images are not here."""
    predicted, labels = answers.predictions.predicted, answers.predictions.labels
    if answers.images is None:
        table = {
            text("articles.test_picture"): [str(index) for index in indices],
            text("articles.prediction"): [str(predicted[index]) for index in indices],
            text("articles.actual"): [str(labels[index]) for index in indices],
        }
        st.table(table, border="horizontal", hide_index=True)
        return
    pictures = [_caption(answers.images[i], int(predicted[i]), int(labels[i])) for i in indices]
    render_strip(text("articles.pictures_with_answers"), pictures, key=key)


def _caption(image: np.ndarray, predicted: int, actual: int) -> Thumbnail:
    return Thumbnail(
        image,
        text("articles.predicted_is", label=predicted),
        text("articles.actual_is", label=actual),
        wrong=predicted != actual,
    )


def _render_digits(run: RunRecord) -> None:
    """Predictions for available images: the first test images of the bundled digits."""
    if not is_ready():
        render_wait(90)
        return
    dataset = cached_dataset(OFFLINE_DATASET)
    images, labels = dataset.x_test[:FIRST_ANSWERS], dataset.y_test[:FIRST_ANSWERS]
    try:
        predictions = _ask(run, images)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    st.markdown(text("articles.digits_asked"))
    pictures = [
        _caption(image, int(vector.argmax()), int(label))
        for image, vector, label in zip(images, predictions, labels, strict=True)
    ]
    render_strip(text("articles.pictures_with_answers"), pictures, key="learn-digits")
