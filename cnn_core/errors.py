"""Every error CNN Lab raises on purpose. Each message is a sentence for a reader, with the repair in it.

CnnLabError
├── SpecError          an architecture, training config or experiment that can't be built or read
│   └── LayerProblem   a layer that does not fit where it stands
├── DataError          a data set that can't be had or is not what it claims to be
├── ImageError         a picture file that can't be read as a drawing
├── ModelError         a run whose weights can't be used
└── RunError           a run folder, or the folder of runs, that can't be used
    ├── RunNotFound
    ├── CorruptRun
    └── LimitReached   a run that this server does not take on
"""

from __future__ import annotations

from pydantic import ValidationError


class CnnLabError(Exception):
    """Base of all errors that are meant to be shown to a person as they are."""


class SpecError(CnnLabError):
    """An architecture, a training config or an experiment that can't be built or read."""


class LayerProblem(SpecError):
    """A layer that does not fit where it stands. `layer` is its name, `code` the kind of mistake."""

    def __init__(self, layer: str, code: str, message: str) -> None:
        super().__init__(message)
        self.layer, self.code = layer, code


class DataError(CnnLabError):
    """A data set that can't be found, downloaded or understood."""


class ImageError(CnnLabError):
    """A picture file that can't be read as a drawing."""


class ModelError(CnnLabError):
    """A run whose weights can't be used."""


class RunError(CnnLabError):
    """A run folder, or the folder of runs, that can't be used."""


class RunNotFound(RunError):
    """No run of that name."""


class CorruptRun(RunError):
    """A run folder whose files can't be understood."""


class LimitReached(RunError):
    """A run that is larger, or one more, than this server takes on."""


def explain_validation(error: ValidationError) -> str:
    """One line out of pydantic's report: where, what was expected, what was received."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "value_error":  # our own validators: their sentence already says it all
        return first["msg"].removeprefix("Value error, ") + more
    received = repr(first["input"])
    received = received if len(received) <= 60 else received[:57] + "…"
    return f"{where or 'value'}: {first['msg']}; received {received}{more}"
