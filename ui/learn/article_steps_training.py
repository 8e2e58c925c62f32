"""Training steps of an article: fit, evaluate, comparison of R4 and R1."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET
from cnn_core.errors import RunError
from cnn_core.evaluation.published_comparison import Figure
from cnn_core.experiment.published import published_epochs, published_test_loss
from cnn_core.learning.articles import ARTICLES, MNIST_TRAIN, Article
from cnn_core.runs.store import RunRecord
from ui.learn.material import dataset_at_hand, find_bundled_run, find_own_run, render_stand_in
from ui.server.resources import get_executor, get_store
from ui.session.state import session
from ui.shared.estimates import describe_time
from ui.shared.formats import format_duration, format_number
from ui.shared.model_picker import format_accuracy
from ui.shared.watches import rerun_on_change
from ui.text import explain, text, translate_core
from ui.train.live_charts import render_live_charts
from ui.train.live_progress import describe_end, render_progress

_FIGURES: tuple[Figure, ...] = ("test_accuracy", "test_loss", "train_accuracy", "train_loss")


def render_fit(article: Article) -> None:
    own = find_own_run(article)
    run = own or find_bundled_run(article)
    _render_start(article, own)
    if own is None:
        st.markdown(text("articles.curve_bundled", seconds=format_duration(run.history.seconds or 0)))
    else:
        st.markdown(text("articles.curve_own", dataset=translate_core(DATASETS[run.experiment.dataset].title)))
    _follow(run.id, run.is_active)
    render_stand_in(dataset_at_hand() != DEFAULT_DATASET)


def _render_start(article: Article, own: RunRecord | None) -> None:
    dataset = dataset_at_hand()
    experiment = article.recipe.experiment.on_dataset(dataset)
    if st.button(
        text("articles.train_here" if dataset == DEFAULT_DATASET else "articles.train_on_digits"),
        type="primary" if own is None else "secondary",
        icon=":material/play_arrow:",
        key="learn.train",
        disabled=own is not None and own.is_active,
    ):
        try:
            started = get_executor().submit(experiment, owner=session().owner).id
        except RunError as error:
            st.error(explain(error), icon=":material/error:")
            return
        session().reading.runs[article.short] = session().watched_run = started
        st.rerun()
    if own is None or not own.is_active:
        st.caption(describe_time([experiment]))


@st.fragment
def _follow(run_id: str, was_active: bool) -> None:
    """The run's progress and curves, as long as there is something to come; then the whole page once."""
    try:
        run = get_store().find(run_id)
    except RunError:  # deleted this moment
        st.rerun()
    read = partial(_read_course, run_id)
    rerun_on_change("article", _describe_course(run), read if run.is_active else None)
    if run.is_active:
        render_progress(run)
    elif run.reason:
        st.warning(explain(run.reason), icon=":material/report:")
    elif outcome := describe_end(run):
        st.caption(outcome)
    if run.history.plan is not None:
        render_live_charts(run)
        _render_last_epoch(run)
    if run.is_active != was_active:
        st.rerun()


def _read_course(run_id: str) -> tuple[object, ...]:
    return _describe_course(get_store().find(run_id))


def _describe_course(run: RunRecord) -> tuple[object, ...]:
    """What is shown besides bars and curves, which the browser fetches."""
    return run.state, run.history.plan, len(run.history.epochs)


def _render_last_epoch(run: RunRecord) -> None:
    """Both figures of the last whole epoch, and why the test may be ahead where it was."""
    epochs = [event for event in run.history.epochs if event.get("val_accuracy") is not None]
    if not epochs:
        return
    last = epochs[-1]
    train, test = format_accuracy(last.get("accuracy")), format_accuracy(last["val_accuracy"])
    st.markdown(text("articles.last_epoch", epoch=last["epoch"], train=train, test=test))
    if any(event["val_accuracy"] > event.get("accuracy", 1.0) for event in epochs):
        st.caption(text("articles.test_ahead"))


def render_epochs(article: Article) -> None:
    """The published training figures beside those measured on the same images; nothing where none are published."""
    if article.recipe.id not in published_epochs:
        return
    own = find_own_run(article)
    run = own if own and own.experiment.dataset == DEFAULT_DATASET else find_bundled_run(article)
    published, ours = published_epochs[article.recipe.id], run.history.epochs
    count = len(published.accuracy)
    st.markdown(text("articles.epochs_published", article=article.short))
    accuracy = [event.get("accuracy") for event in ours[:count]] + [None] * (count - len(ours))
    loss = [event.get("loss") for event in ours[:count]] + [None] * (count - len(ours))
    table = {
        text("articles.epoch"): [str(epoch) for epoch in range(1, count + 1)],
        text("articles.accuracy_published"): [format_accuracy(value) for value in published.accuracy],
        text("articles.accuracy_here"): [format_accuracy(value) for value in accuracy],
        text("articles.loss_published"): [format_number(value) for value in published.loss],
        text("articles.loss_here"): [format_number(value) for value in loss],
    }
    st.table(table, border="horizontal", hide_index=True)
    first, later = f"{published.seconds[0]:.0f}", f"{published.seconds[1]:.0f}"
    st.caption(text("articles.seconds_published", first=first, later=later))


def render_evaluate(article: Article) -> None:
    """Published, bundled and the reader's own figures, each named."""
    bundled, own = find_bundled_run(article), find_own_run(article)
    columns = {text("articles.column_bundled"): _list_figures(bundled)}
    if own is not None and own.history.result is not None:
        name = "column_own" if own.experiment.dataset == DEFAULT_DATASET else "column_own_digits"
        columns[text(f"articles.{name}")] = _list_figures(own)
    table = {text("articles.figure"): [text(f"results.{name}") for name in _FIGURES]}
    table[text("articles.column_published")] = _list_published(article)
    st.table(table | columns, border="horizontal", hide_index=True)
    st.caption(text(f"articles.published_{article.short}"))
    if own is None:
        st.caption(text("articles.no_own_run"))
    elif _come_out_equal(own, bundled):
        st.caption(text("articles.exactly_equal"))
    elif own.is_active:
        st.caption(text("articles.own_run_active"))


def _come_out_equal(own: RunRecord, bundled: RunRecord) -> bool:
    """Whether all shown figures are equal, which needs an explanation."""
    same_seed = own.experiment.training.seed == bundled.experiment.training.seed
    return same_seed and own.history.result is not None and _list_figures(own) == _list_figures(bundled)


def _list_published(article: Article) -> list[str]:
    epochs = published_epochs.get(article.recipe.id)
    loss = published_test_loss.get(article.recipe.id)
    return [
        format_accuracy(article.recipe.published),
        format_number(loss),
        format_accuracy(epochs.accuracy[-1] if epochs else None),
        format_number(epochs.loss[-1] if epochs else None),
    ]


def _list_figures(run: RunRecord) -> list[str]:
    result, last = run.history.result or {}, run.history.epochs[-1] if run.history.epochs else {}
    return [
        format_accuracy(result.get("test_accuracy")),
        format_number(result.get("test_loss")),
        format_accuracy(last.get("accuracy")),
        format_number(last.get("loss")),
    ]


def render_beside(article: Article) -> None:
    """R1 and R4: one network, two ways of training it."""
    rows = (
        "written",
        "batch",
        "steps",
        "rate",
        "parameters",
        *(f"measured_{name}" for name in _FIGURES[:3]),
        "seconds",
    )
    table = {text("articles.figure"): [text(f"articles.row_{row}") for row in rows]}
    for one in (ARTICLES["R1"], article):
        table[one.short] = _list_side(one)
    st.table(table, border="horizontal", hide_index=True)
    st.caption(text("articles.beside_note"))


def _list_side(article: Article) -> list[str]:
    run, training = find_bundled_run(article), article.recipe.experiment.training
    return [
        text(f"articles.written_{article.short}"),
        str(training.batch_size),
        f"{training.steps_per_epoch(MNIST_TRAIN):,}",
        text(f"articles.rate_{article.short}", rate=f"{training.learning_rate:g}"),
        f"{run.parameters:,}",
        *_list_figures(run)[:3],
        format_duration(run.history.seconds or 0),
    ]
