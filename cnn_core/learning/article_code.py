"""Current Keras code of an article by step; all steps together are a runnable script."""

from __future__ import annotations

from cnn_core.data.datasets.catalog import DATASETS, DEFAULT_DATASET
from cnn_core.export.layer_code import write_model
from cnn_core.export.training_code import write_compile, write_fit
from cnn_core.learning.articles import MNIST_TRAIN, Article, Step

FIRST_ANSWERS = 8  # test images whose predictions are printed, and shown
_HEIGHT, _WIDTH, _CHANNELS = DATASETS[DEFAULT_DATASET].image_shape


def write_step(article: Article, step: Step, layers: int | None = None) -> str:
    """Python source of one step; of `build` with only the first `layers` layers where that many are given.

    "beside" has no code of its own and gives nothing.
    """
    experiment = article.recipe.experiment
    if step == "build":
        return _build(article, layers)
    if step == "compile":
        return write_compile(experiment, MNIST_TRAIN)
    if step == "fit":
        return write_fit(experiment, MNIST_TRAIN)
    if step == "predict":
        return _predict(article)
    return {
        "load": _load(article),
        "reshape": _for_both(f"{{0}} = {{0}}.reshape(-1, {_shape(article)})"),
        "scale": _scale(article),
        "one_hot": "\n".join(f"{y} = keras.utils.to_categorical({y}, 10)" for y in ("y_train", "y_test")),
        "evaluate": "loss, accuracy = model.evaluate(x_test, y_test)\n"
        'print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")',
        "save": _SAVE,
    }.get(step, "")


def _load(article: Article) -> str:
    lines = ["import keras", "", "(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()"]
    lines.append("print(x_train.shape, x_test.shape)")
    if article.sample:
        lines.append(f"print(y_train[{article.sample}], x_train[{article.sample}], sep='\\n')".replace("'", '"'))
    return "\n".join(lines)


def _shape(article: Article) -> str:
    first = article.recipe.experiment.architecture.data_format == "channels_first"
    axes = (_CHANNELS, _HEIGHT, _WIDTH) if first else (_HEIGHT, _WIDTH, _CHANNELS)
    return ", ".join(map(str, axes))


def _scale(article: Article) -> str:
    if article.recipe.experiment.training.input_scaling == "unit":
        return _for_both('{0} = {0}.astype("float32") / 255')
    return "# 0 to 255, as they are\n" + _for_both('{0} = {0}.astype("float32")')


def _for_both(line: str) -> str:
    return "\n".join(line.format(name) for name in ("x_train", "x_test"))


def _build(article: Article, layers: int | None) -> str:
    spec = article.recipe.experiment.architecture
    count = len(spec.layers) if layers is None else layers
    summary = "\nmodel.summary()" if count == len(spec.layers) else ""
    return f"from keras import layers\n\n{write_model(spec.with_layers(spec.layers[:count]))}{summary}"


def _predict(article: Article) -> str:
    if article.short == "R3":
        chosen = "import numpy as np\n\nchosen = np.random.choice(len(x_test), 5, replace=False)\n"
        return chosen + "predicted = model.predict(x_test[chosen]).argmax(axis=1)\nprint(predicted)"
    if article.short == "R5":
        return (
            "vectors = model.predict(x_test[:3])\nprint(vectors)\n"
            'print("Prediction", vectors.argmax(axis=1), "Actual", y_test[:3].argmax(axis=1))'
        )
    first = f"[:{FIRST_ANSWERS}]"
    return f"predicted = model.predict(x_test).argmax(axis=1)\nprint(predicted{first}, y_test{first}.argmax(axis=1))"


_SAVE = """\
with open("model.json", "w") as file:
    file.write(model.to_json())
model.save_weights("model.weights.h5")

with open("model.json") as file:
    again = keras.models.model_from_json(file.read())
again.load_weights("model.weights.h5")"""
