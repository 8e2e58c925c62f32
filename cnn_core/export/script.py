"""Experiment → Keras script or notebook: data, preprocessing, model, compile, fit, evaluate.

Run with the thread settings of a run, the script gives that run's weights bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from cnn_core.data.datasets.catalog import DATASETS
from cnn_core.data.handwriting.synthetic import add_synthetic_samples
from cnn_core.experiment import Experiment
from cnn_core.experiment.training import EVALUATION_BATCH
from cnn_core.export.inlined import Inlined, inline
from cnn_core.export.layer_code import write_model
from cnn_core.export.training_code import write_compile, write_fit
from cnn_core.runs.events import Event


def write_script(experiment: Experiment, interventions: Sequence[Event] = (), images: int | None = None) -> str:
    """Python source that needs `keras`, `tensorflow` and the dataset's own packages, but not this one.

    `interventions` are a run's events of that type: what was steered by hand becomes a callback. `images` is the
    size of the training set where it is not the dataset's own.
    """
    sections = [f"# {title}\n{code}" for title, code in _sections(experiment, interventions, images)]
    name = json.dumps(experiment.name, ensure_ascii=False)[1:-1]  # a name out of a link stays a name
    return f'"""{name}"""\n\n' + "\n\n".join(sections) + "\n"


def write_notebook(experiment: Experiment, interventions: Sequence[Event] = ()) -> str:
    """The same as a Jupyter notebook (nbformat 4), one cell per step."""
    cells = [_cell("markdown", "name", f"# {experiment.name}")]
    for title, code in _sections(experiment, interventions, None):
        cells += [_cell("markdown", f"about-{title}", f"## {title}"), _cell("code", title, code)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}, indent=1
    )


def _sections(experiment: Experiment, interventions: Sequence[Event], images: int | None) -> Iterator[tuple[str, str]]:
    images = images or DATASETS[experiment.dataset].train_count
    mixed = experiment.training.precision != "float32"
    yield "Setup", _setup(experiment)
    yield "Data", _data(experiment, images)
    yield "Preprocessing", _preprocessing(experiment)
    yield "Model", write_model(experiment.architecture, float32_output=mixed) + "\nmodel.summary()"
    yield "Training", f"{write_compile(experiment, images)}\n{write_fit(experiment, images, interventions)}"
    yield (
        "Evaluation",
        f"loss, accuracy = model.evaluate(x_test, y_test, batch_size={EVALUATION_BATCH})\n"
        'print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")',
    )


def _setup(experiment: Experiment) -> str:
    training = experiment.training
    numpy = training.label_noise or training.class_weight != "none"
    imports = ["import keras", "import tensorflow as tf", "from keras import layers"]
    imports += ["import numpy as np"] if numpy else []
    imports += [*DATASETS[experiment.dataset].write_imports(), *_helpers(experiment).imports]
    imports += [line for layer in experiment.architecture.layers for line in layer.write_imports()]
    lines = sorted(dict.fromkeys(imports), key=lambda line: (line.startswith("from "), line))
    lines += ["", f"keras.utils.set_random_seed({training.seed})", "tf.config.experimental.enable_op_determinism()"]
    if training.precision != "float32":
        lines.append(f'keras.config.set_dtype_policy("{training.precision}")')
    return "\n".join(lines)


def _helpers(experiment: Experiment) -> Inlined:
    """The functions of this package that load or extend the data."""
    extends = [add_synthetic_samples] if experiment.training.synthetic_samples else []
    return inline([*DATASETS[experiment.dataset].loading_functions(), *extends])


def _data(experiment: Experiment, images: int) -> str:
    helpers = _helpers(experiment).definitions
    lines = [f"{helpers}\n\n"] if helpers else []
    lines.append(DATASETS[experiment.dataset].write_loading())
    own, seed = experiment.training.synthetic_samples, experiment.training.seed
    if experiment.training.train_share < 1:
        used = experiment.training.count_used(images) - own
        lines.append(f"x_train, y_train = x_train[:{used}], y_train[:{used}]")
    if own:
        lines.append(f"x_train, y_train = add_synthetic_samples(x_train, y_train, {own}, seed={seed})")
    if experiment.training.label_noise:
        lines += _label_noise(experiment, images)
    return "\n".join(lines)


def _label_noise(experiment: Experiment, images: int) -> list[str]:
    training, classes = experiment.training, len(DATASETS[experiment.dataset].class_names)
    samples = training.count_samples(images)
    return [
        f"rng = np.random.default_rng({training.seed})",
        f"labels = y_train.reshape(-1)[:{samples}].astype(int)",
        f"wrong = rng.random({samples}) < {training.label_noise!r}  # these labels become another class",
        f"noisy = np.where(wrong, (labels + rng.integers(1, {classes}, {samples})) % {classes}, labels)",
        f"y_train = np.concatenate([noisy, y_train.reshape(-1)[{samples}:]])",
    ]


def _preprocessing(experiment: Experiment) -> str:
    height, width, channels = DATASETS[experiment.dataset].image_shape
    classes = len(DATASETS[experiment.dataset].class_names)
    scale = " / 255" if experiment.training.input_scaling == "unit" else ""
    lines = []
    for name in ("x_train", "x_test"):
        lines.append(f'{name} = {name}.reshape(-1, {height}, {width}, {channels}).astype("float32"){scale}')
    if experiment.architecture.data_format == "channels_first":
        lines += [f"{name} = {name}.transpose(0, 3, 1, 2)" for name in ("x_train", "x_test")]
    for name in ("y_train", "y_test"):
        if experiment.training.loss == "sparse_categorical_crossentropy":
            lines.append(f'{name} = {name}.reshape(-1).astype("int32")  # a class index each, not one-hot')
        else:
            lines.append(f"{name} = keras.utils.to_categorical({name}, {classes})")
    return "\n".join(lines)


def _cell(kind: str, name: str, source: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": name.lower(), "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": source.splitlines(keepends=True)}
