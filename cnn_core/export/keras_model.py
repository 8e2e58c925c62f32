"""Keras model files of a run: `.keras`, or architecture and weights separately."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from cnn_core.experiment import Experiment
from cnn_core.runs.folder import RunFolder
from cnn_core.runs.model_file import load_model

_METADATA = "metadata.json"


def write_keras_file(folder: RunFolder) -> bytes:
    """A `.keras` file, compiled as the run was trained: `evaluate` and `fit` work after `load_model`.

    The optimizer begins without a state, at the experiment's learning rate. `metadata.json` in the file describes
    inputs and labels. Raises `ModelError`.
    """
    from cnn_core.training.compilation import build_loss
    from cnn_core.training.keras_optimizer import build_optimizer

    model, training = load_model(folder), folder.experiment.training
    optimizer = build_optimizer(training.optimizer, training.learning_rate, training.clip_norm)
    optimizer.build(model.trainable_variables)  # else Keras warns that its state is missing when it loads the file
    model.compile(optimizer=optimizer, loss=build_loss(training), metrics=["accuracy"])
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.keras"
        model.save(path)
        content = path.read_bytes()
    described = {"input": describe_input(folder.experiment, model.input_shape), "labels": _describe_labels(folder)}
    return _with_metadata(content, described)


def _with_metadata(content: bytes, described: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as saved, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in saved.namelist():
            data = saved.read(name)
            if name == _METADATA:
                data = json.dumps(json.loads(data) | described).encode()
            archive.writestr(name, data)  # compressed: the optimizer's state is all zeros
    return buffer.getvalue()


def write_parts(folder: RunFolder) -> dict[str, bytes]:
    """File name → content: architecture and weights apart, and how to put them together again."""
    model = load_model(folder)
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model.weights.h5"
        model.save_weights(path)
        weights = path.read_bytes()
    return {
        "architecture.json": model.to_json(indent=2).encode(),
        "model.weights.h5": weights,
        "README.txt": _explain_parts(folder.experiment, model.input_shape).encode(),
    }


def describe_input(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    """Describes the network input in one sentence."""
    scaled = "divided by 255, so 0-1" if experiment.training.input_scaling == "unit" else "left as they are, 0-255"
    return f"Its input is float32 of shape ({', '.join(['N', *map(str, shape[1:])])}), the pixels {scaled}."


def _describe_labels(folder: RunFolder) -> str:
    if folder.experiment.training.loss == "sparse_categorical_crossentropy":
        return "Labels are class indices, int of shape (N,)."
    return "Labels are one-hot, float32 of shape (N, classes): keras.utils.to_categorical(y, classes)."


def _explain_parts(experiment: Experiment, shape: tuple[int | None, ...]) -> str:
    return (
        'model = keras.models.model_from_json(open("architecture.json").read()); '
        'model.load_weights("model.weights.h5")\n'
        f"{describe_input(experiment, shape)}\n"
    )
