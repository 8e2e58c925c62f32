"""Export formats: one class each, with its requirements and a method that writes the file.

One from outside the package is added with `register_format`; it then has a button on every page and a choice in
`cnn-lab export`.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from cnn_core.errors import ModelError
from cnn_core.export.keras_model import describe_input, write_keras_file, write_parts
from cnn_core.export.litert import convert_to_litert, explain_refusal
from cnn_core.export.script import write_notebook, write_script
from cnn_core.export.tensorboard import write_tensorboard
from cnn_core.runs.model_file import load_model, missing_model
from cnn_core.runs.store import RunRecord

_TENSORBOARD_README = """\
Install the viewer with: pip install tensorboard
Unpack this file, then run: tensorboard --logdir FOLDER (where you unpacked it), and open the address that it prints.
"""


class ExportFormat:
    """Base class of export formats: converts a run to one file.

    key: its name on the command line. title, summary: what it is called and what it is, for the command line and for
    formats that the message catalog does not know. suffix: comes after the run's id in the file's name. mime: the
    media type. needs_model: whether the run must have a trained model. needs_tensorflow: whether `make` loads it.
    """

    key: str
    title: str
    summary: str
    suffix: str
    mime: str
    needs_model = False
    needs_tensorflow = False

    def explain_absence(self, run: RunRecord) -> str:
        """Why this run can't be exported in this format, as a sentence; empty where it can. Quick."""
        return str(missing_model(run.id)) if self.needs_model and not run.has_model else ""

    def make(self, run: RunRecord) -> bytes:
        """The content of the file, which may take seconds. Raises `CnnLabError`."""
        raise NotImplementedError(f"{type(self).__name__}.make")


FORMATS: dict[str, ExportFormat] = {}


def register_format(format_type: type[ExportFormat]) -> type[ExportFormat]:
    """Decorator that registers a format under its key."""
    FORMATS[format_type.key] = format_type()
    return format_type


@register_format
class KerasFormat(ExportFormat):
    key, suffix, mime = "keras", ".keras", "application/zip"
    title, summary = "Keras model", "the whole compiled model in one file, for keras.saving.load_model"
    needs_model = needs_tensorflow = True

    def make(self, run: RunRecord) -> bytes:
        return write_keras_file(run.folder)


@register_format
class WeightsFormat(ExportFormat):
    key, suffix, mime = "weights", "-weights.zip", "application/zip"
    title, summary = "Architecture and weights", "a zip of the architecture as JSON and the weights as .weights.h5"
    needs_model = needs_tensorflow = True

    def make(self, run: RunRecord) -> bytes:
        return _zip(write_parts(run.folder))


@register_format
class LiteRTFormat(ExportFormat):
    key, suffix, mime = "litert", ".tflite", "application/octet-stream"
    title, summary = "LiteRT model", "a .tflite file for phones and small devices"
    needs_model = needs_tensorflow = True

    def explain_absence(self, run: RunRecord) -> str:
        return super().explain_absence(run) or explain_refusal(run.experiment.architecture)

    def make(self, run: RunRecord) -> bytes:
        height, width, channels = run.experiment.architecture.input_shape
        description = describe_input(
            run.experiment, (None, height, width, channels)
        )  # whatever the network's own order
        return convert_to_litert(load_model(run.folder), run.experiment.architecture, description)


@register_format
class TensorBoardFormat(ExportFormat):
    key, suffix, mime = "tensorboard", "-tensorboard.zip", "application/zip"
    title, summary = "TensorBoard", "a zip of event files: curves, kernels, weights, settings"
    needs_tensorflow = True

    def make(self, run: RunRecord) -> bytes:
        with TemporaryDirectory() as scratch:
            write_tensorboard(run, Path(scratch) / run.id)
            paths = sorted(path for path in Path(scratch).rglob("*") if path.is_file())
            files = {path.relative_to(scratch).as_posix(): path.read_bytes() for path in paths}
        return _zip({f"{run.id}/README.txt": _TENSORBOARD_README.encode(), **files})


class _Code(ExportFormat):
    """Code that trains the run again."""

    def explain_absence(self, run: RunRecord) -> str:
        if not run.folder.facts.drawings:
            return ""
        return str(
            ModelError(
                "This run began with another run's weights and learned from your drawings: no script of its own "
                "does that."
            )
        )


@register_format
class ScriptFormat(_Code):
    key, suffix, mime = "script", ".py", "text/x-python"
    title, summary = "Keras script", "the Keras script that trains it"

    def make(self, run: RunRecord) -> bytes:
        return write_script(run.experiment, run.history.interventions).encode()


@register_format
class NotebookFormat(_Code):
    key, suffix, mime = "notebook", ".ipynb", "application/x-ipynb+json"
    title, summary = "Jupyter notebook", "the same as a Jupyter notebook"

    def make(self, run: RunRecord) -> bytes:
        return write_notebook(run.experiment, run.history.interventions).encode()


def export_run(run: RunRecord, key: str) -> bytes:
    """The content of the exported file. Raises `ModelError` with the reason."""
    reason = FORMATS[key].explain_absence(run)
    if reason:
        raise ModelError(reason)
    return FORMATS[key].make(run)


def name_file(run: RunRecord, key: str) -> str:
    """The file's name: the run's id and the format's suffix."""
    return run.id + FORMATS[key].suffix


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()
