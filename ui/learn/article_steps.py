"""One step of an article: purpose, current code, errata, output, and links."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from cnn_core.learning.article_code import write_step
from cnn_core.learning.articles import Article, Step, list_old_names
from ui.learn.article_links import render_links
from ui.learn.reading import name_step
from ui.text import text


def render_step(article: Article, number: int) -> None:
    step = name_step(article, number)
    title = text("articles.place", number=number, count=len(article.steps), step=text(f"articles.step_{step}"))
    st.subheader(title, anchor=False)
    if step in ("build", "beside"):  # wide images: what comes out stands below
        _render_words(article, step)
        _find_renderer(step)(article)
    else:
        words, value = st.columns(2, gap="large")
        with words:
            _render_words(article, step)
        with value:
            _find_renderer(step)(article)
    _render_below(article, step)
    render_links(article, step)


def _render_below(article: Article, step: Step) -> None:
    """What is too wide for a column."""
    if step == "load" and article.sample:
        from ui.learn.article_steps_data import render_sample

        render_sample(article)
    elif step == "fit":
        from ui.learn.article_steps_training import render_epochs

        render_epochs(article)


def _render_words(article: Article, step: Step) -> None:
    for key in _list_sentences(article, step):
        st.markdown(text(key))
    if step != "build":  # its code grows with the network, beside which it stands
        code = write_step(article, step)
        if code:
            st.code(code, language="python", wrap_lines=True)
    for then, today in list_old_names(article, step):
        st.markdown(f":small[{text('articles.old_name', then=then, today=today)}]")
    if step in article.errata:
        st.warning(text(f"articles.erratum_{article.short}_{step}"), icon=":material/edit_note:")


def _list_sentences(article: Article, step: Step) -> list[str]:
    """Keys of the catalog: what the step is for, and what this article does in it."""
    experiment = article.recipe.experiment
    keys = [f"articles.about_{step}"]
    if step == "reshape":
        keys.append(f"articles.reshape_{experiment.architecture.data_format}")
    elif step == "scale":
        keys.append(f"articles.scale_{experiment.training.input_scaling}")
    elif step == "compile":
        keys += [
            f"articles.loss_{experiment.training.loss}",
            f"articles.optimizer_{experiment.training.optimizer.kind}",
        ]
        keys.append("articles.metric")
    elif step in ("load", "build", "predict"):
        keys.append(f"articles.{step}_{article.short}")
    return keys


def _find_renderer(step: Step) -> Callable[[Article], None]:
    """What comes out of a step; imported when it is needed, for some need charts."""
    if step in ("load", "reshape", "scale", "one_hot"):
        from ui.learn import article_steps_data as data

        return {
            "load": data.render_load,
            "reshape": data.render_reshape,
            "scale": data.render_scale,
            "one_hot": data.render_one_hot,
        }[step]
    if step in ("build", "compile", "save"):
        from ui.learn import article_steps_model as model

        return {"build": model.render_build, "compile": model.render_compile, "save": model.render_save}[step]
    if step == "predict":
        from ui.learn.article_steps_answers import render_predict

        return render_predict
    from ui.learn import article_steps_training as training

    return {"fit": training.render_fit, "evaluate": training.render_evaluate, "beside": training.render_beside}[step]
