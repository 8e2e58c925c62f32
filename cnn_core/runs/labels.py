"""Labels of a run in `labels.json`: name, note, tags and star.

A damaged file reads as nothing written: a label is never worth a run that can't be opened.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from cnn_core.errors import RunError, explain_validation
from cnn_core.plain_text import PlainLine, PlainText
from cnn_core.runs.limited_file import read_limited
from cnn_core.runs.locked_folder import write_atomically

FILE_NAME = "labels.json"
TAG_LENGTH = 30

Tag = Annotated[PlainLine, StringConstraints(strip_whitespace=True, min_length=1, max_length=TAG_LENGTH)]


class Labels(BaseModel):
    """What `labels.json` holds. An empty name means the experiment's own."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: PlainLine = Field(
        "", max_length=80, title="Name", description="Leave it empty for the experiment's own name."
    )
    note: PlainText = Field("", max_length=2000, title="Note", description="What you tried, and what came of it.")
    tags: tuple[Tag, ...] = Field(
        (), max_length=12, title="Tags", description="Short words to find runs by. Type a new one and press Enter."
    )
    star: bool = Field(False, title="Star", description="Starred runs can be listed alone.")

    @field_validator("tags")
    @classmethod
    def _each_once(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tags))


def read_labels(folder: Path) -> Labels:
    """Of a run's folder; nothing written where there is no file or it can't be understood."""
    try:
        return Labels.model_validate_json(read_limited(folder / FILE_NAME))
    except (OSError, ValidationError):
        return Labels()


def change_labels(folder: Path, **changes: object) -> Labels:
    """Writes these fields of `Labels`, leaves the others, and returns them all.

    Raises `SpecError` for what is too long, `RunError` where the file can't be written.
    """
    try:
        labels = Labels.model_validate(read_labels(folder).model_dump() | changes)
    except ValidationError as error:
        raise explain_validation(error) from error
    try:
        write_atomically(folder / FILE_NAME, labels.model_dump_json())
    except OSError as error:
        raise RunError(
            "Run {run}: {file} can't be written ({reason}).",
            run=folder.name,
            file=FILE_NAME,
            reason=error.strerror or error,
        ) from error
    return labels
