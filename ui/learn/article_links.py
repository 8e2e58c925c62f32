"""Links from article steps to pages and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import streamlit as st

from cnn_core.data.datasets.catalog import DEFAULT_DATASET
from cnn_core.learning.articles import ARTICLES, Article, Step
from cnn_core.runs.store import DEFAULT_RUN, RunRecord
from ui.learn.material import dataset_at_hand, find_bundled_run, find_own_run, find_own_variant
from ui.learn.reading import go_to_step
from ui.server.resources import get_store
from ui.session.state import session, set_widget, widget_value
from ui.shared.expanders import leave_as
from ui.shared.model_picker import choose_model
from ui.shared.navigation import PAGES, go_to
from ui.text import text

LAYERS_BUILT = "learn.layers.{short}"  # the slider of the step "build"
_LINKS: dict[Step, tuple[str, ...]] = {
    "load": ("layers_training", "train_data"),
    "reshape": ("design_format",),
    "scale": ("train_data",),
    "one_hot": ("train_loss",),
    "build": ("design_layer",),
    "compile": ("train_loss",),
    "fit": ("train_run",),
    "evaluate": ("train_results",),
    "predict": ("layers_test", "draw"),
    "save": ("runs",),
    "beside": ("compare",),
}


def render_links(article: Article, step: Step) -> None:
    """Buttons, not links: each prepares the page that it opens."""
    names = [name for name in _LINKS[step] if not (name == "layers_test" and _find_model(article) is None)]
    sample = article.sample if dataset_at_hand() == DEFAULT_DATASET else 0
    is_last = step == article.steps[-1]
    if is_last:
        names += ["design_change", *(["compare_own"] if _find_compared(article) else [])]
    with st.container(horizontal=True):
        for name in names:
            page, prepare = _TARGETS[name]
            label = text(f"articles.to_{name}", article=article.short, sample=sample)
            if st.button(label, icon=f":material/{PAGES[page].icon}:", key=f"learn.to.{name}"):
                prepare(article)
                _leave(page)
        if is_last and not _find_compared(article):
            _render_way_to_train(article)


def _render_way_to_train(article: Article) -> None:
    place = article.steps.index("fit") + 1
    label, there = text("articles.train_in_step", number=place), (article, place)
    st.button(label, icon=":material/model_training:", key="learn.to.fit", on_click=go_to_step, args=there)


def _leave(page: str) -> NoReturn:
    session().reading.away = True
    go_to(page)


def _find_model(article: Article) -> RunRecord | None:
    """The run with a network that can be asked: the reader's own, else the bundled one if it comes with its own."""
    return next((run for run in (find_own_run(article), find_bundled_run(article)) if run and run.has_model), None)


def _choose_model(article: Article) -> RunRecord:
    run = _find_model(article) or get_store().find(session().run_id or DEFAULT_RUN)
    choose_model(run)
    return run


def _layers_training(article: Article) -> None:
    from ui.layers.input import SOURCE_KEY, TRAINING, index_key

    run = _choose_model(article)
    set_widget(SOURCE_KEY, TRAINING)
    set_widget(index_key(TRAINING), article.sample if run.experiment.dataset == DEFAULT_DATASET else 0)


def _layers_test(article: Article) -> None:
    from ui.layers.input import choose_test_image

    _choose_model(article)
    choose_test_image(0)


def _draw(article: Article) -> None:
    _choose_model(article)


def _design_format(article: Article) -> None:
    session().draft.load(article.recipe.id, article.recipe.experiment)
    set_widget("design.origin", article.recipe.id)


def _design_layer(article: Article) -> None:
    """With the layer selected that was added last."""
    _design_format(article)
    layers = article.recipe.experiment.architecture.layers
    count = int(widget_value(LAYERS_BUILT.format(short=article.short), 1))
    session().draft.selected = layers[min(count, len(layers)) - 1].name


def _train_run(article: Article) -> None:
    from ui.train.setup import choose_recipe

    choose_recipe(article.recipe.id, DEFAULT_DATASET)
    own = find_own_run(article)
    if own is not None:
        session().watched_run = own.id


def _train_at(group: str) -> Callable[[Article], None]:
    def prepare(article: Article) -> None:
        _train_run(article)
        leave_as("setup.more", True)
        leave_as("setup.group", text(f"setup.group_{group}"))

    return prepare


def _train_results(article: Article) -> None:
    _train_run(article)
    set_widget("live.tab", text("live.tab_results"))


def _compare(article: Article) -> None:
    session().compared = [(find_own_run(one) or find_bundled_run(one)).id for one in (ARTICLES["R1"], article)]


def _find_compared(article: Article) -> RunRecord | None:
    """The reader's run to set beside the bundled one: a changed one first, for a repeat of it is the same contender."""
    own = find_own_run(article)
    return find_own_variant(article) or (own if own and own.history.plan else None)


def _compare_own(article: Article) -> None:
    own = _find_compared(article)
    session().compared = [run.id for run in (own, find_bundled_run(article)) if run]


def _nothing(article: Article) -> None:
    """The page is right as it is."""


_TARGETS: dict[str, tuple[str, Callable[[Article], None]]] = {
    "layers_training": ("layers", _layers_training),
    "layers_test": ("layers", _layers_test),
    "draw": ("draw", _draw),
    "design_format": ("design", _design_format),
    "design_layer": ("design", _design_layer),
    "design_change": ("design", _design_format),
    "train_data": ("train", _train_at("data")),
    "train_loss": ("train", _train_at("learning")),
    "train_run": ("train", _train_run),
    "train_results": ("train", _train_results),
    "runs": ("runs", _nothing),
    "compare": ("compare", _compare),
    "compare_own": ("compare", _compare_own),
}
