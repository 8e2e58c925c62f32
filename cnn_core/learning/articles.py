"""The five articles: steps, printed outputs and errata.

The sentences stand in the page's catalog; here are the facts, so that they can be checked against the networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cnn_core.architecture.anatomy import Anatomy, compute_anatomy
from cnn_core.architecture.layers import Layer
from cnn_core.experiment.recipes import Recipe, find_recipe

Step = Literal[
    "load", "reshape", "scale", "one_hot", "build", "compile", "fit", "evaluate", "predict", "save", "beside"
]
STEPS: tuple[Step, ...] = (
    "load",
    "reshape",
    "scale",
    "one_hot",
    "build",
    "compile",
    "fit",
    "evaluate",
    "predict",
)
MNIST_TRAIN, MNIST_TEST = 60_000, 10_000
# What the code of those years calls differently: then, and today. {optimizer} and {rate} are the article's own.
OLD_NAMES: dict[Step, tuple[tuple[str, str], ...]] = {
    "one_hot": (("np_utils.to_categorical(y, 10)", "keras.utils.to_categorical(y, 10)"),),
    "build": (("Convolution2D(…)", "Conv2D(…)"),),
    "compile": (("{optimizer}(lr={rate})", "{optimizer}(learning_rate={rate})"),),
    "predict": (("model.predict_classes(x)", "model.predict(x).argmax(axis=1)"),),
    "save": (('model.save_weights("model.h5")', 'model.save_weights("model.weights.h5")'),),
}


@dataclass(frozen=True)
class Article:
    """One of R1 to R5.

    `parameters` are those of its layers that have any, as published; `errata` the steps at which it errs; `sample` the
    training image that it looks at; `extra` a last step of its own.
    """

    recipe: Recipe
    parameters: tuple[int, ...]
    errata: tuple[Step, ...] = ()
    sample: int = 0
    extra: tuple[Step, ...] = ()

    @property
    def short(self) -> str:
        return self.recipe.short

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*STEPS, *self.extra)


_TWO_CONV_5X5 = (832, 51_264, 3_212_288, 10_250)
ARTICLES: dict[str, Article] = {
    article.short: article
    for article in (
        Article(find_recipe("R1"), _TWO_CONV_5X5),
        Article(find_recipe("R2"), (320, 18_496, 36_928, 36_928, 650), errata=("build",)),
        Article(
            find_recipe("R3"),
            (320, 18_496, 73_856, 230_600, 2_010),
            errata=("build",),
            sample=9487,
            extra=("save",),
        ),
        Article(find_recipe("R4"), _TWO_CONV_5X5, errata=("build", "compile", "fit"), extra=("beside",)),
        Article(find_recipe("R5"), (160, 1_160, 46_090), errata=("evaluate",)),
    )
}


def find_article(name: str | None) -> Article | None:
    """By its short name in any case; None for anything else, such as an address someone mistyped."""
    return ARTICLES.get((name or "").strip().upper())


def read_step(article: Article, written: str | None) -> int:
    """A step as an address has it → its number, from 1; the nearest there is, and the first for what is no number."""
    try:
        wanted = int(written or "")
    except ValueError:
        return 1
    return min(max(wanted, 1), len(article.steps))


def list_old_names(article: Article, step: Step) -> list[tuple[str, str]]:
    """What the article's code calls differently in this step: then, and today."""
    training = article.recipe.experiment.training
    own = {"optimizer": training.optimizer.kind, "rate": repr(training.learning_rate)}
    return [(then.format(**own), today.format(**own)) for then, today in OLD_NAMES.get(step, ())]


def grow(article: Article, layers: int) -> Anatomy:
    """The anatomy of the first `layers` layers of the article's network."""
    return Anatomy(compute_anatomy(article.recipe.experiment.architecture).rows[:layers])


def explain_side(layer: Layer, before: int, after: int) -> tuple[str, str]:
    """How a window changes the side of an image: which rule, and the sum, "28 − 3 + 1 = 26"; empty for no window.

    valid: ⌊(side − window) / stride⌋ + 1; same: ⌈side / stride⌉ (Dumoulin & Visin 2016).
    """
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if window is None:
        return "", ""
    stride = getattr(layer, "strides", None) or getattr(layer, "pool_size", 1)
    if getattr(layer, "padding", "valid") == "same":
        return "same", f"⌈{before} / {stride}⌉ = {after}"
    if stride == 1:
        return "valid", f"{before} − {window} + 1 = {after}"
    return "valid", f"⌊({before} − {window}) / {stride}⌋ + 1 = {after}"
