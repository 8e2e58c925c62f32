"""Material of article steps: MNIST or its substitute, and the article's runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import streamlit as st

from cnn_core.data.datasets.base import Dataset
from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET, OFFLINE_DATASET, DatasetName, choose_dataset
from cnn_core.data.datasets.load import is_available
from cnn_core.errors import CnnLabError, DataError
from cnn_core.evaluation.predictions import Predictions, read_predictions
from cnn_core.learning.articles import Article
from cnn_core.runs.store import DEFAULT_RUN, RunRecord
from ui.server.resources import get_store
from ui.session.state import session
from ui.shared.datasets import cached_dataset, render_dataset_offer
from ui.text import explain, text, translate_core
from ui.text.plain import plain


@dataclass(frozen=True)
class Material:
    """`stands_in`: these are not the article's own images."""

    dataset: Dataset
    stands_in: bool

    def sample_of(self, article: Article) -> int:
        """The number of the training image that the article looks at, or of one in its place."""
        return 0 if self.stands_in else article.sample


def find_material() -> Material:
    if is_available(DEFAULT_DATASET):
        try:
            return Material(cached_dataset(DEFAULT_DATASET), stands_in=False)
        except DataError as error:
            st.error(explain(error), icon=":material/error:")
    return Material(cached_dataset(OFFLINE_DATASET), stands_in=True)


def render_stand_in(stands_in: bool) -> None:
    """Notice that a substitute dataset is shown, with an offer to get the original."""
    if stands_in:
        st.caption(text("articles.stand_in"))
        render_dataset_offer(DEFAULT_DATASET, "")


def dataset_at_hand() -> DatasetName:
    """What a run that is started here learns from."""
    return choose_dataset()


def find_bundled_run(article: Article) -> RunRecord:
    return get_store().find(article.short)


def find_own_run(article: Article) -> RunRecord | None:
    """The user's run of this experiment: the one started from the article, else the newest.

    Where MNIST is here, a run on it comes before one on the digits.
    """
    own = [run for run in get_store().list_runs().runs if not run.bundled and _repeats(run, article)]
    own.sort(key=lambda run: run.experiment.dataset != dataset_at_hand())
    wanted = session().reading.runs.get(article.short)
    return next((run for run in own if run.id == wanted), own[0] if own else None)


def find_own_variant(article: Article) -> RunRecord | None:
    """The reader's newest run that began as this article, and was changed."""
    own = (run for run in get_store().list_runs().runs if not run.bundled and not _repeats(run, article))
    return next((run for run in own if run.experiment.recipe == article.recipe.id and run.history.plan), None)


def _repeats(run: RunRecord, article: Article) -> bool:
    dataset = run.experiment.dataset
    return dataset in (DEFAULT_DATASET, OFFLINE_DATASET) and run.folder.fingerprint == _fingerprint(
        article.short, dataset
    )


@cache
def _fingerprint(short: str, dataset: DatasetName) -> str:
    from cnn_core.experiment.recipes import find_recipe

    return find_recipe(short).experiment.on_dataset(dataset).fingerprint


@dataclass(frozen=True)
class Answers:
    """Test predictions of a run; `borrowed` if it is another article's run.

    `images` uint8 (N, H, W, C) are the test set, None where it is not here.
    """

    run: RunRecord
    predictions: Predictions
    borrowed: bool
    images: np.ndarray | None


def find_answers(article: Article) -> Answers:
    """Of the reader's own run of this article, else of the bundled one, else of the run that always has some.

    A network that the reader changed is not the article's: every step shows the same run.
    """
    candidates = [find_own_run(article), find_bundled_run(article), get_store().find(DEFAULT_RUN)]
    for run in filter(None, candidates):
        try:
            predictions = read_predictions(run.folder)
        except CnnLabError as error:
            st.error(explain(error), icon=":material/error:")
            continue
        if predictions is not None and predictions.are_numbers:
            borrowed = run.experiment.recipe != article.recipe.id
            return Answers(run, predictions, borrowed, _find_images(run, predictions))
    raise AssertionError("the default run is bundled with its answers")


def _find_images(run: RunRecord, predictions: Predictions) -> np.ndarray | None:
    name = run.experiment.dataset
    if not is_available(name):
        return None
    try:
        dataset = cached_dataset(name)
    except DataError:
        return None
    return dataset.x_test if predictions.belong_to(dataset) else None


def render_whose_answers(article: Article, answers: Answers) -> None:
    """Which run is speaking."""
    if answers.borrowed:
        st.caption(text("articles.answers_borrowed", article=article.short, run=plain(answers.run.name)))
    elif answers.run.bundled:
        st.caption(text("articles.answers_bundled"))
    else:
        dataset = translate_core(DATASETS[answers.run.experiment.dataset].title)
        st.caption(text("articles.answers_own", run=plain(answers.run.name), dataset=dataset))
