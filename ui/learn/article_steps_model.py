"""Model steps of an article: layers, compile, save."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.architecture import LayerAnatomy, format_shape
from cnn_core.architecture.layers import Conv2D, Layer
from cnn_core.errors import CnnLabError
from cnn_core.evaluation.metrics import compute_loss, find_surest_mistakes
from cnn_core.export.keras_model import write_parts
from cnn_core.learning.article_code import write_step
from cnn_core.learning.articles import Article, explain_side, grow
from cnn_core.runs.store import RunRecord
from ui.design.network import render_picture, render_rows
from ui.learn.article_links import LAYERS_BUILT
from ui.learn.material import find_answers, find_bundled_run, find_own_run, render_whose_answers
from ui.server.waiting import is_ready, render_wait
from ui.session.state import remembered, set_widget, start_widget
from ui.shared.formats import format_number
from ui.shared.model_picker import format_accuracy
from ui.shared.probability_bars import format_share
from ui.shared.watches import render_live
from ui.text import explain, text
from ui.text.plain import plain

_JSON_SHOWN = 700  # characters of the network as JSON


def render_build(article: Article) -> None:
    spec = article.recipe.experiment.architecture
    total = len(spec.layers)
    count = _choose_count(article, total)
    anatomy, part = grow(article, count), spec.with_layers(spec.layers[:count])
    layer, row = part.layers[-1], anatomy.rows[-1]
    render_picture(part, anatomy, layer.name, key="learn-picture")
    sums, code = st.columns(2, gap="large")
    with sums:
        _render_layer(layer, row, spec.data_format)
        st.metric(text("articles.parameters_so_far"), f"{anatomy.parameters:,}", width="content")
        if count == total:
            st.markdown(text("articles.parameters_agree", counts=_sum_up(article), total=f"{anatomy.parameters:,}"))
    with code:
        st.code(write_step(article, "build", count), language="python", wrap_lines=True)
    render_rows(part, anatomy, layer.name, "", key="learn-rows")
    if count == total:
        _render_summary(article)


def _choose_count(article: Article, total: int) -> int:
    key = LAYERS_BUILT.format(short=article.short)
    start_widget(key, 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = int(
            st.slider(text("articles.layers_built"), 1, total, key=remembered(key), width=340, persist_state="session")
        )
        for name, target, icon in (("add_layer", count + 1, "add"), ("all_layers", total, "done_all")):
            st.button(
                text(f"articles.{name}"),
                icon=f":material/{icon}:",
                key=f"learn.{name}",
                disabled=count == total,
                on_click=set_widget,
                args=(key, min(target, total)),
            )
    return count


def _sum_up(article: Article) -> str:
    return " + ".join(f"{parameters:,}" for parameters in article.parameters)


def _render_layer(layer: Layer, row: LayerAnatomy, data_format: str) -> None:
    """What the layer that was added last makes of the shape, and how its parameters add up."""
    before, after = format_shape(row.input_shape, data_format), format_shape(row.output_shape, data_format)
    st.markdown(text("articles.added", layer=plain(row.name), kind=row.kind, before=before, after=after))
    rule, side = explain_side(layer, row.input_shape[0], row.output_shape[0])
    if rule:
        st.markdown(text(f"articles.side_{rule}", sum=side))
    formula = "formula_conv" if isinstance(layer, Conv2D) else "formula_dense"
    st.markdown(text(f"articles.{formula}" if row.parameters else "articles.no_parameters"))
    # Also where there is nothing to add up: a page that gets shorter pulls the button away from under the pointer.
    st.code(row.arithmetic or "0", language=None)


def _render_summary(article: Article) -> None:
    key = f"learn.summary.{article.short}"
    with st.expander("`model.summary()`", on_change="rerun", key=key) as summary:
        if summary.open:
            render_live("summary", lambda: _print_summary(article))


def _print_summary(article: Article) -> None:
    if is_ready():
        st.code(_summary_of(article.short, article), language=None)
    else:
        render_wait(0)


@st.cache_data(max_entries=8, show_spinner=False)
def _summary_of(short: str, _article: Article) -> str:
    from cnn_core.architecture import build_model

    lines: list[str] = []
    model = build_model(_article.recipe.experiment.architecture)
    model.summary(print_fn=lambda line, **_: lines.append(line), line_length=76)
    return "\n".join(lines)


def render_compile(article: Article) -> None:
    """What the loss makes of real answers: one right, and the mistake of which the network is surest."""
    loss, answers = article.recipe.experiment.training.loss, find_answers(article)
    probabilities, labels = answers.predictions.probabilities, answers.predictions.labels
    right = int(np.flatnonzero(answers.predictions.predicted == labels)[0])
    wrong = [int(index) for index in find_surest_mistakes(probabilities, labels)[:1]]
    shown = [right, *wrong]
    st.markdown(text("articles.loss_of_answers", loss=loss))
    table = {
        text("articles.test_picture"): [str(index) for index in shown],
        text("articles.truth"): [str(labels[index]) for index in shown],
        text("articles.answer"): [str(probabilities[index].argmax()) for index in shown],
        text("articles.share_of_truth"): [format_share(float(probabilities[index, labels[index]])) for index in shown],
        text("articles.loss"): [
            format_number(compute_loss(probabilities[i : i + 1], labels[i : i + 1], loss)) for i in shown
        ],
    }
    st.table(table, border="horizontal", hide_index=True)
    even = np.full((1, probabilities.shape[1]), 1 / probabilities.shape[1], np.float32)
    chance = format_number(compute_loss(even, labels[:1], loss))
    st.markdown(text("articles.loss_of_guessing", classes=probabilities.shape[1], loss=chance))
    hits, share = f"{int(np.trace(answers.predictions.matrix)):,}", format_accuracy(answers.predictions.accuracy)
    st.markdown(text("articles.accuracy_of_answers", right=hits, count=f"{len(labels):,}", accuracy=share))
    render_whose_answers(article, answers)


def render_save(article: Article) -> None:
    render_live("files", lambda: _render_files(article))


def _render_files(article: Article) -> None:
    """The network as JSON, and the weights as Keras writes them: both to take away."""
    if not is_ready():
        render_wait(0)
        return
    own = find_own_run(article)
    run = own if own and own.has_model else find_bundled_run(article)
    try:
        parts = _write_parts(run.id, run.history.last_time, run)
    except CnnLabError as error:
        st.error(explain(error), icon=":material/error:")
        return
    structure, weights = parts["architecture.json"], parts["model.weights.h5"]
    st.markdown(text("articles.json", length=f"{len(structure):,}"))
    st.code(structure[:_JSON_SHOWN].decode() + " …", language="json", height=260)
    st.markdown(text("articles.weights", parameters=f"{run.parameters:,}", size=f"{len(weights) / 1e6:.1f}"))
    with st.container(horizontal=True):
        for name, content, file in (
            ("download_json", structure, "model.json"),
            ("download_weights", weights, "model.weights.h5"),
        ):
            st.download_button(
                text(f"articles.{name}"), content, file_name=file, icon=":material/download:", on_click="ignore"
            )


@st.cache_data(max_entries=2, show_spinner=False)
def _write_parts(run_id: str, last_time: float, _run: RunRecord) -> dict[str, bytes]:
    return write_parts(_run.folder)
