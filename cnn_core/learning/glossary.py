"""Glossary terms, where each appears in the app, and their examples.

The sentences are the interface's (`ui/text/en.toml`, sections glossary and glossary_terms); what stands here is which
example explains a word: a layer's own image from Design, or a small table that is worked out below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnn_core.architecture.spec import ArchitectureSpec
from cnn_core.experiment import Experiment

Page = Literal["learn", "design", "train", "draw", "layers", "compare", "runs"]


@dataclass(frozen=True)
class Term:
    """`layer` is one of `EXAMPLE_LAYERS`, shown in the image `view` that Design has of it.

    Without one `table` is a name in `glossary_tables.TABLES`, or `picture` one that the page draws. `lesson` is one to
    try the word with, `see` names related words.
    """

    id: str
    page: Page
    layer: str = ""
    view: str = ""
    table: str = ""
    picture: str = ""
    lesson: str = ""
    see: tuple[str, ...] = ()


# A small network with one layer of each kind that a word is explained with; by Keras's names.
EXAMPLE_LAYERS = (
    {"kind": "Conv2D", "name": "conv", "filters": 4, "activation": "relu"},
    {"kind": "Conv2D", "name": "strided", "filters": 4, "strides": 2, "activation": "relu"},
    {"kind": "Conv2D", "name": "padded", "filters": 4, "padding": "same", "activation": "relu"},
    {"kind": "MaxPooling2D", "name": "pool"},
    {"kind": "BatchNormalization", "name": "norm"},
    {"kind": "Dropout", "name": "dropout", "rate": 0.5},
    {"kind": "Flatten", "name": "flatten"},
    {"kind": "Dense", "name": "dense", "units": 16, "activation": "relu"},
    {"kind": "Dense", "name": "output", "units": 10, "activation": "softmax"},
)
_FIRST_LAYERS = ("conv", "strided", "padded")  # each shown on the image itself, and so alone in front

TERMS: tuple[Term, ...] = (
    Term("convolution", "design", "conv", "window", see=("kernel", "filter", "stride", "padding")),
    Term("kernel", "design", "conv", "window", lesson="kernel-sizes", see=("convolution", "filter")),
    Term("filter", "design", "conv", "parameters", lesson="how-many-filters", see=("kernel", "feature_map")),
    Term("stride", "design", "strided", "window", see=("convolution", "padding")),
    Term("padding", "design", "padded", "window", lesson="same-or-valid", see=("convolution", "stride")),
    Term("pooling", "design", "pool", "window", lesson="no-pooling", see=("feature_map", "receptive_field")),
    Term("receptive_field", "layers", table="field", lesson="kernel-sizes", see=("kernel", "pooling")),
    Term("channel", "design", "conv", "channels", see=("feature_map", "flatten")),
    Term("feature_map", "layers", "conv", "whole", lesson="one-pixel", see=("filter", "channel")),
    Term("flatten", "design", "flatten", "flatten", see=("dense", "channel")),
    Term("dense", "design", "dense", "dense", lesson="dense", see=("flatten", "parameters")),
    Term("activation", "design", "dense", "activation", see=("relu", "softmax")),
    Term("relu", "design", "conv", "activation", see=("activation",)),
    Term("softmax", "design", "output", "softmax", lesson="a-letter", see=("one_hot", "cross_entropy")),
    Term("one_hot", "design", "output", "label", see=("softmax", "loss")),
    Term("loss", "train", "output", "label", lesson="loss", see=("cross_entropy", "gradient")),
    Term("cross_entropy", "train", table="crossentropy", lesson="loss", see=("loss", "softmax")),
    Term("gradient", "design", "output", "step", lesson="raw-pixels", see=("loss", "learning_rate")),
    Term("optimizer", "train", "output", "step", see=("gradient", "learning_rate")),
    Term("learning_rate", "train", "output", "step", lesson="learning-rate", see=("optimizer", "gradient")),
    Term("batch", "train", table="steps", lesson="batch-size", see=("epoch", "step")),
    Term("step", "train", table="steps", lesson="batch-size", see=("batch", "epoch")),
    Term("epoch", "train", table="steps", lesson="batch-size", see=("batch", "step")),
    Term("accuracy", "train", table="accuracy", see=("loss", "validation")),
    Term("validation", "train", table="split", lesson="overfitting", see=("overfitting", "accuracy")),
    Term("overfitting", "train", table="history", lesson="overfitting", see=("validation", "dropout", "augmentation")),
    Term("dropout", "design", "dropout", "dropout", see=("overfitting",)),
    Term("augmentation", "train", picture="augmented", see=("overfitting", "validation")),
    Term("batch_normalisation", "design", table="norm", see=("batch", "parameters")),
    Term("parameters", "design", "conv", "parameters", lesson="no-pooling", see=("filter", "macs")),
    Term("macs", "design", table="macs", see=("parameters",)),
    Term("saliency", "layers", picture="saliency", see=("gradient", "feature_map")),
)


def build_example(layer: str) -> Experiment:
    """The small network around this layer; of the convolutions only it, or the first."""
    front = layer if layer in _FIRST_LAYERS else _FIRST_LAYERS[0]
    rows = [row for row in EXAMPLE_LAYERS if row["name"] == front or row["name"] not in _FIRST_LAYERS]
    architecture = ArchitectureSpec.model_validate({"name": "glossary", "layers": rows})
    return Experiment(name="glossary", architecture=architecture)


def find_term(term_id: str) -> Term | None:
    return next((term for term in TERMS if term.id == term_id), None)
