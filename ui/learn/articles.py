"""Articles tab: article, step, and its content."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture import compute_anatomy
from cnn_core.learning.articles import ARTICLES, Article
from ui.components import read_asset
from ui.learn.article_steps import render_step
from ui.learn.reading import current_article, current_step, go_to_step, name_step, write_address
from ui.session.state import session, set_widget, widget_value
from ui.shared.model_picker import format_accuracy
from ui.text import text, translate_core

_CHOICE, _DOTS = "learn.article", "learn.dots"
_dots = st.components.v2.component(
    "cnn_lab_learn_dots",
    html='<ol class="dots"></ol>\n',
    css=read_asset("learn/learn_dots.css"),
    js=read_asset("learn/learn_dots.js"),
)


def render_articles() -> None:
    article = _choose_article()
    number = current_step(article)
    write_address(article, number)
    session().reading.seen.setdefault(article.short, set()).add(number)
    _render_head(article)
    with st.container(horizontal=True, vertical_alignment="center"):
        _render_dots(article, number)
        _render_onward(article, number)
    render_step(article, number)
    _render_moves(article, number)


def _choose_article() -> Article:
    set_widget(_CHOICE, session().reading.article)  # a link or the way back may have chosen it
    st.segmented_control(
        text("articles.choose"),
        list(ARTICLES),
        key=_CHOICE,
        on_change=_take_choice,
        required=True,
        label_visibility="collapsed",
    )
    return current_article()


def _take_choice() -> None:
    session().reading.article = widget_value(_CHOICE) or session().reading.article


def _render_head(article: Article) -> None:
    recipe = article.recipe
    parameters = compute_anatomy(recipe.experiment.architecture).parameters
    st.markdown(text("articles.name", article=article.short, title=translate_core(recipe.title)))
    accuracy = "" if recipe.published is None else format_accuracy(recipe.published)
    st.caption(text(f"articles.source_{article.short}", parameters=f"{parameters:,}", accuracy=accuracy))


def _render_dots(article: Article, number: int) -> None:
    seen = session().reading.seen[article.short]
    steps = [
        {
            "title": text("articles.place", number=place, count=len(article.steps), step=text(f"articles.step_{step}")),
            "short": text(f"articles.dot_{step}"),
            "state": "current seen" if place == number else "seen" if place in seen else "",
        }
        for place, step in enumerate(article.steps, start=1)
    ]
    data = {"title": text("articles.dots"), "steps": steps, "place": f"{article.short} {number}"}

    def pick() -> None:
        picked = getattr(widget_value(_DOTS), "picked", None)
        if picked is not None:
            go_to_step(article, int(picked))

    _dots(key=_DOTS, data=data, on_picked_change=pick)


def _render_onward(article: Article, number: int) -> None:
    """Next once more, for steps that are longer than the screen."""
    st.button(
        text("articles.onward"),
        icon=":material/arrow_forward:",
        icon_position="right",
        key="learn.onward",
        disabled=number == len(article.steps),
        on_click=go_to_step,
        args=(article, number + 1),
    )


def _render_moves(article: Article, number: int) -> None:
    """Back and Next, each with the name of where it leads; at the ends of the article without one."""
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.button(
            text("articles.back"),
            icon=":material/arrow_back:",
            key="learn.back",
            disabled=number == 1,
            on_click=go_to_step,
            args=(article, number - 1),
        )
        if number < len(article.steps):
            st.button(
                text("articles.next", step=text(f"articles.step_{name_step(article, number + 1)}")),
                type="primary",
                icon=":material/arrow_forward:",
                icon_position="right",
                key="learn.next",
                on_click=go_to_step,
                args=(article, number + 1),
            )
        else:
            following = _following(article)
            st.button(
                text("articles.next_article", article=following.short),
                icon=":material/arrow_forward:",
                icon_position="right",
                key="learn.next_article",
                on_click=go_to_step,
                args=(following, current_step(following)),
            )


def _following(article: Article) -> Article:
    names = list(ARTICLES)
    return ARTICLES[names[(names.index(article.short) + 1) % len(names)]]
