"""Data steps of an article: load, reshape, scale, one-hot labels."""

from __future__ import annotations

import numpy as np
import streamlit as st

from cnn_core.architecture import format_shape
from cnn_core.data.datasets.base import Dataset
from cnn_core.experiment.preprocess import prepare_images
from cnn_core.experiment.targets import make_target
from cnn_core.learning.articles import MNIST_TEST, MNIST_TRAIN, Article
from ui.components import read_asset
from ui.learn.material import find_material, render_stand_in
from ui.session.state import start_widget
from ui.shared.image_number import render_picture_number
from ui.shared.maps import ink_picture, render_maps
from ui.shared.thumbnails import Thumbnail, render_strip
from ui.text import text

_numbers = st.components.v2.component(
    "cnn_lab_learn_numbers",
    html='<div class="numbers" role="img" tabindex="0"></div>\n',
    css=read_asset("learn/learn_numbers.css"),
    js=read_asset("learn/learn_numbers.js"),
)
_SHOWN = 8  # images in a row
_IN_A_LINE = 7  # numbers: four lines make a row of pixels, and fit on a phone


def render_load(article: Article) -> None:
    material = find_material()
    dataset = material.dataset
    render_stand_in(material.stands_in)
    counts = {"train": f"{len(dataset.x_train):,}", "test": f"{len(dataset.x_test):,}"}
    if material.stands_in:
        counts |= {"mnist_train": f"{MNIST_TRAIN:,}", "mnist_test": f"{MNIST_TEST:,}"}
        st.markdown(text("articles.counts_stand_in", **counts))
    else:
        st.markdown(text("articles.counts", **counts))
    _render_first_pictures(dataset)
    st.code(_describe_arrays(dataset), language=None)


def _render_first_pictures(dataset: Dataset) -> None:
    first = zip(dataset.x_train[:_SHOWN], dataset.y_train[:_SHOWN], strict=True)
    pictures = [Thumbnail(image, str(label)) for image, label in first]
    render_strip(text("articles.first_pictures", count=_SHOWN), pictures, key="learn-first")


def _describe_arrays(dataset: Dataset) -> str:
    """Shape as in Python; Keras loads these images without a channel axis."""
    x_train, x_test = dataset.x_train, dataset.x_test
    return (
        f"x_train  {x_train.shape[:3]} {x_train.dtype}, {x_train.min()} … {x_train.max()}\n"
        f"y_train  {dataset.y_train.shape} {dataset.y_train[:_SHOWN]} …\n"
        f"x_test   {x_test.shape[:3]} {x_test.dtype}\n"
        f"y_test   {dataset.y_test.shape} {dataset.y_test[:_SHOWN]} …"
    )


def render_sample(article: Article) -> None:
    """The training image that an article looks at, as an image and as the numbers that it is."""
    material = find_material()
    index = material.sample_of(article)
    pixels, label = material.dataset.x_train[index], int(material.dataset.y_train[index])
    st.markdown(text("articles.sample", number=index, label=label))
    picture, numbers = st.columns([1, 3], gap="medium")
    with picture:
        render_maps([ink_picture(text("articles.sample_picture"), "28×28", pixels)], key="learn-sample", tile=196)
    with numbers:
        _numbers(key="learn-numbers", data={"title": text("articles.sample_numbers"), "rows": pixels[:, :, 0].tolist()})


def render_reshape(article: Article) -> None:
    material = find_material()
    dataset, spec = material.dataset, article.recipe.experiment.architecture
    first = spec.data_format == "channels_first"
    count, height, width, channels = dataset.x_train.shape
    st.markdown(text("articles.shapes"))
    after = (count, channels, height, width) if first else (count, height, width, channels)
    st.code(f"x_train  {(count, height, width)} → {after}", language=None)
    names = ("pictures", "channels", "rows", "columns") if first else ("pictures", "rows", "columns", "channels")
    table = {
        text("articles.axis"): [str(axis) for axis in range(4)],
        text("articles.axis_counts"): [text(f"articles.axis_{name}") for name in names],
        text("articles.axis_length"): [f"{length:,}" for length in after],
    }
    st.table(table, border="horizontal", hide_index=True)
    other = format_shape(spec.input_shape, "channels_last" if first else "channels_first")
    st.caption(text("articles.other_format", shape=format_shape(spec.input_shape, spec.data_format), other=other))
    render_stand_in(material.stands_in)


def render_scale(article: Article) -> None:
    material = find_material()
    index = material.sample_of(article)
    pixels = material.dataset.x_train[index]
    scaled = prepare_images(pixels[np.newaxis], "unit", "channels_last")[0]
    chosen = article.recipe.experiment.training.input_scaling
    fed = scaled if chosen == "unit" else pixels.astype(np.float32)
    st.markdown(text(f"articles.fed_{chosen}", low=f"{fed.min():g}", high=f"{fed.max():g}", mean=f"{fed.mean():.3g}"))
    pictures = [
        ink_picture(text("articles.raw_pixels"), "0–255", pixels),
        ink_picture(text("articles.scaled_pixels"), "0–1", scaled),
    ]
    render_maps(pictures, key="learn-scaled", strip=True, tile=150)
    row = int(pixels[:, :, 0].sum(axis=1).argmax())  # the one with most ink: not a row of zeros
    st.markdown(text("articles.row", row=row, number=index))
    raw_row = _print_row([f"{value:4d}" for value in pixels[row, :, 0]])
    scaled_row = _print_row([f"{value:4.2f}" for value in scaled[row, :, 0]])
    st.code(f"{raw_row}\n\n/ 255 =\n\n{scaled_row}", language=None)
    render_stand_in(material.stands_in)


def _print_row(numbers: list[str]) -> str:
    """Numbers of one width, so that each stands at its place in both rows."""
    lines = (numbers[start : start + _IN_A_LINE] for start in range(0, len(numbers), _IN_A_LINE))
    return "\n".join("  ".join(line) for line in lines)


def render_one_hot(article: Article) -> None:
    material = find_material()
    dataset, training = material.dataset, article.recipe.experiment.training
    last, key = len(dataset.y_train) - 1, f"learn.label.{article.short}.{dataset.info.name}"
    start_widget(key, material.sample_of(article))
    about = text("articles.which_picture_help", last=f"{last:,}")
    index = render_picture_number(text("articles.which_picture"), last, key, about, width=200)
    label = int(dataset.y_train[index])
    picture, vector = st.columns([1, 3], vertical_alignment="center")
    with picture:
        render_strip(text("articles.picked_picture"), [Thumbnail(dataset.x_train[index], str(label))], key="learn-one")
    target = make_target(label, len(dataset.info.class_names), training)
    assert isinstance(target, list)  # no article trains with class indices
    with vector:
        places, values = "  ".join(str(digit) for digit in range(len(target))), "  ".join(f"{v:.0f}" for v in target)
        st.code(f"{places}\n{values}", language=None)
    st.markdown(text("articles.one_hot_value", label=label))
    render_stand_in(material.stands_in)
