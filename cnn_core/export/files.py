"""A run as one file for other programs. What holds the network predicts what the run's own model predicts."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from cnn_core.errors import ModelError
from cnn_core.export.keras_model import write_parts
from cnn_core.export.litert import convert_to_litert, explain_refusal
from cnn_core.export.script import write_notebook, write_script
from cnn_core.export.tensorboard import write_tensorboard
from cnn_core.runs.model_file import load_model, missing_model, read_keras_file
from cnn_core.runs.store import RunRecord

Format = Literal["keras", "weights", "litert", "tensorboard", "script", "notebook"]

_TENSORBOARD_README = """\
Install the viewer with: pip install tensorboard
Unpack this file, then run: tensorboard --logdir FOLDER (where you unpacked it), and open the address that it prints.
"""


@dataclass(frozen=True)
class ExportFormat:
    """How one format is made: `ending` comes after the run's id in the file's name. `make` may take seconds."""

    ending: str
    mime: str
    make: Callable[[RunRecord], bytes]
    needs_model: bool = False
    needs_tensorflow: bool = False


def export_run(run: RunRecord, format_: Format) -> bytes:
    """The content of the file. Raises `ModelError` with what stands in the way."""
    reason = explain_absence(run, format_)
    if reason:
        raise ModelError(reason)
    return FORMS[format_].make(run)


def explain_absence(run: RunRecord, format_: Format) -> str:
    """Why this run can't be had in this format, as a sentence; empty where it can. Quick."""
    if FORMS[format_].needs_model and not run.has_model:
        return str(missing_model(run.id))
    if format_ in ("script", "notebook") and run.folder.facts.drawings:
        return str(
            ModelError(
                "This run began with another run's weights and learned from your drawings: no script of its own "
                "does that."
            )
        )
    return explain_refusal(run.experiment.architecture) if format_ == "litert" else ""


def name_file(run: RunRecord, format_: Format) -> str:
    return run.id + FORMS[format_].ending


def _make_keras(run: RunRecord) -> bytes:
    return read_keras_file(run.folder)


def _make_weights(run: RunRecord) -> bytes:
    return _zip(write_parts(run.folder))


def _make_litert(run: RunRecord) -> bytes:
    return convert_to_litert(load_model(run.folder), run.experiment.architecture)


def _make_tensorboard(run: RunRecord) -> bytes:
    with TemporaryDirectory() as scratch:
        write_tensorboard(run, Path(scratch) / run.id)
        paths = sorted(path for path in Path(scratch).rglob("*") if path.is_file())
        files = {path.relative_to(scratch).as_posix(): path.read_bytes() for path in paths}
    return _zip({f"{run.id}/README.txt": _TENSORBOARD_README.encode(), **files})


def _make_script(run: RunRecord) -> bytes:
    return write_script(run.experiment, run.history.interventions).encode()


def _make_notebook(run: RunRecord) -> bytes:
    return write_notebook(run.experiment, run.history.interventions).encode()


def _zip(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


FORMS: dict[Format, ExportFormat] = {
    "keras": ExportFormat(".keras", "application/zip", _make_keras, needs_model=True),
    "weights": ExportFormat("-weights.zip", "application/zip", _make_weights, needs_model=True, needs_tensorflow=True),
    "litert": ExportFormat(
        ".tflite", "application/octet-stream", _make_litert, needs_model=True, needs_tensorflow=True
    ),
    "tensorboard": ExportFormat("-tensorboard.zip", "application/zip", _make_tensorboard, needs_tensorflow=True),
    "script": ExportFormat(".py", "text/x-python", _make_script),
    "notebook": ExportFormat(".ipynb", "application/x-ipynb+json", _make_notebook),
}
