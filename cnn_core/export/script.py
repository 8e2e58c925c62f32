"""Experiment → the Keras script, or notebook, that does the same: data, preprocessing, model, compile, fit, evaluate.

Run with the thread settings of a run, the script gives that run's weights bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from cnn_core.data.catalog import DATASETS
from cnn_core.experiment import Experiment
from cnn_core.export.layer_code import write_model
from cnn_core.training.config import OPTIMIZER_CLASSES
from cnn_core.training.engine import EVALUATION_BATCH


def write_script(experiment: Experiment) -> str:
    """Python source, ready to run with `keras`, `tensorflow` and `numpy` installed."""
    sections = [f"# {title}\n{code}" for title, code in _sections(experiment)]
    name = json.dumps(experiment.name, ensure_ascii=False)[1:-1]  # a name out of a link stays a name
    return f'"""{name}"""\n\n' + "\n\n".join(sections) + "\n"


def write_notebook(experiment: Experiment) -> str:
    """The same as a Jupyter notebook (nbformat 4), one cell per step."""
    cells = [_cell("markdown", "name", f"# {experiment.name}")]
    for title, code in _sections(experiment):
        cells += [_cell("markdown", f"about-{title}", f"## {title}"), _cell("code", title, code)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )


def _sections(experiment: Experiment) -> Iterator[tuple[str, str]]:
    training = experiment.training
    yield "Setup", _setup(experiment)
    yield "Data", _data(experiment)
    yield "Preprocessing", _preprocessing(experiment)
    yield "Model", write_model(experiment.architecture) + "\nmodel.summary()"
    rate = repr(training.learning_rate)
    yield (
        "Training",
        "\n".join(
            (
                "model.compile(",
                f"    optimizer=keras.optimizers.{OPTIMIZER_CLASSES[training.optimizer]}(learning_rate={rate}),",
                f'    loss="{training.loss}",',
                '    metrics=["accuracy"],',
                ")",
                "history = model.fit(",
                "    x_train,",
                "    y_train,",
                f"    batch_size={training.batch_size},",
                f"    epochs={training.epochs},",
                f"    {_watched(experiment)},",
                f"    validation_batch_size={EVALUATION_BATCH},",
                ")",
            )
        ),
    )
    yield (
        "Evaluation",
        f"loss, accuracy = model.evaluate(x_test, y_test, batch_size={EVALUATION_BATCH})\n"
        'print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")',
    )


def _setup(experiment: Experiment) -> str:
    own = "from cnn_core.data.digits import load_digits_28x28\n" if experiment.dataset == "digits" else ""
    return (
        "import keras\n"
        "import tensorflow as tf\n"
        "from keras import layers\n"
        f"{own}"
        "\n"
        f"keras.utils.set_random_seed({experiment.training.seed})\n"
        "tf.config.experimental.enable_op_determinism()"
    )


def _data(experiment: Experiment) -> str:
    if experiment.dataset == "digits":
        return "x_train, y_train, x_test, y_test = load_digits_28x28()  # scikit-learn's digits, centred as MNIST's are"
    return f"(x_train, y_train), (x_test, y_test) = keras.datasets.{experiment.dataset}.load_data()"


def _preprocessing(experiment: Experiment) -> str:
    height, width, channels = DATASETS[experiment.dataset].image_shape
    classes = len(DATASETS[experiment.dataset].class_names)
    scale = " / 255" if experiment.training.input_scaling == "unit" else ""
    lines = []
    for name in ("x_train", "x_test"):
        lines.append(f'{name} = {name}.reshape(-1, {height}, {width}, {channels}).astype("float32"){scale}')
    if experiment.architecture.data_format == "channels_first":
        lines += [f"{name} = {name}.transpose(0, 3, 1, 2)" for name in ("x_train", "x_test")]
    lines += [f"{name} = keras.utils.to_categorical({name}, {classes})" for name in ("y_train", "y_test")]
    return "\n".join(lines)


def _watched(experiment: Experiment) -> str:
    split = experiment.training.validation_split
    return f"validation_split={split!r}" if split else "validation_data=(x_test, y_test)"


def _cell(kind: str, name: str, source: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": name.lower(), "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}
