"""Position of the reader in an article: navigation, its URL, and the way back from other pages."""

from __future__ import annotations

import streamlit as st

from cnn_core.learning.articles import ARTICLES, Article, Step, find_article, read_step
from ui.session.state import session
from ui.shared.navigation import link_to
from ui.text import text

ARTICLE, STEP = "article", "step"  # in the address


def current_article() -> Article:
    return ARTICLES[session().reading.article]


def current_step(article: Article) -> int:
    """From 1."""
    return session().reading.steps.get(article.short, 1)


def name_step(article: Article, number: int) -> Step:
    return article.steps[number - 1]


def go_to_step(article: Article, number: int) -> None:
    reading = session().reading
    reading.article = article.short
    reading.steps[article.short] = read_step(article, str(number))


def follow_address() -> bool:
    """Opens the step in the URL if a link or the Back button changed it."""
    asked = (st.query_params.get(ARTICLE, ""), st.query_params.get(STEP, ""))
    article = find_article(asked[0])
    if article is None or asked == session().reading.address:
        return False
    session().reading.address = asked
    if asked[1]:
        go_to_step(article, read_step(article, asked[1]))
    else:  # the article without a step: where the reader was
        session().reading.article = article.short
    return True


def write_address(article: Article, number: int) -> None:
    address = (article.short, str(number))
    session().reading.address = address
    for name, value in zip((ARTICLE, STEP), address, strict=True):
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def clear_address() -> None:
    """On another tab: no article is being read."""
    session().reading.address = ("", "")
    for name in (ARTICLE, STEP):
        if name in st.query_params:
            del st.query_params[name]


def render_way_back(on_learn: bool) -> None:
    """On the page to which a step has led: a link to that very step."""
    reading = session().reading
    if on_learn:
        reading.away = False
    elif reading.away:
        article = current_article()
        number = current_step(article)
        step = text(f"articles.step_{name_step(article, number)}")
        link_to("learn", text("articles.way_back", article=article.short, number=number, step=step))
