"""Home: links to the pages and the five articles."""

from __future__ import annotations

import streamlit as st

from cnn_core.architecture import compute_anatomy
from cnn_core.experiment.recipes import RECIPES, Recipe
from ui.session.state import session
from ui.shared.model_picker import format_accuracy
from ui.shared.navigation import go_to, link_to
from ui.text import text, translate_core
from ui.train.setup import choose_recipe

_PAGES = ("design", "train", "layers", "draw", "compare")


def render_ways_on() -> None:
    with st.grid(len(_PAGES), min_column_width=140, gap="small") as grid:
        for name in _PAGES:
            with grid.cell(), st.container(border=True):
                link_to(name)
                st.caption(text(f"home.way_{name}"))


def render_articles() -> None:
    st.subheader(text("home.articles"), help=text("home.articles_help"))
    articles = [recipe for recipe in RECIPES if recipe.short.startswith("R")]
    with st.grid(len(articles), min_column_width=150, gap="small") as grid:
        for recipe in articles:
            with grid.cell(), st.container(border=True, height="stretch"):
                _render_card(recipe)


def _render_card(recipe: Recipe) -> None:
    st.markdown(f"**{recipe.short}** · {translate_core(recipe.title)}")
    parameters = compute_anatomy(recipe.experiment.architecture).parameters
    st.caption(text("home.card", source=translate_core(recipe.source), parameters=f"{parameters:,}"))
    if recipe.published is not None:
        st.caption(text("home.card_published", accuracy=format_accuracy(recipe.published)))
    else:
        st.caption(text("home.card_unpublished"))
    if st.button(text("home.card_read"), icon=":material/school:", key=f"read-{recipe.id}", width="stretch"):
        session().reading.tab, session().reading.article = "articles", recipe.short
        go_to("learn")
    if st.button(text("home.card_train"), key=f"article-{recipe.id}", width="stretch"):
        choose_recipe(recipe.id)
        go_to("train")
