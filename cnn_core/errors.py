"""Exceptions of CNN Lab. Each message is a sentence with the remedy.

CnnLabError
├── SpecError          an architecture, training config or experiment that can't be built or read
│   └── LayerProblem   a layer that does not fit where it stands
├── DataError          a dataset that can't be had or is not what it claims to be
├── ImageError         an image file that can't be read as a drawing
├── ModelError         a run whose weights can't be used
├── RunError           a run folder, or the folder of runs, that can't be used
│   ├── RunNotFound
│   ├── CorruptRun
│   ├── NewerVersion   written by a newer CNN Lab
│   └── LimitReached   a run that this server does not take on
└── InvalidValue       raised by our validators inside pydantic

An error is made of a template and the values in it, `RunError("Run {run} is complete.", run=run.id)`, so that a page
can say it in its reader's language. The template is one literal string: `ui.text.catalogs` collects them from the
source. A value may be an error itself, which is then a part of the sentence.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from pydantic import ValidationError


class CnnLabError(Exception):
    """Base class of all errors with a message for the user.

    Example:
        >>> try:
        ...     find_recipe("R9")
        ... except CnnLabError as error:
        ...     message = str(error)
    """

    def __init__(self, template: str, /, **values: Any) -> None:
        super().__init__(template.format(**values) if values else template)
        self.template, self.values = template, values


class SpecError(CnnLabError):
    """An architecture, a training config or an experiment that can't be built or read."""


class LayerProblem(SpecError):
    """A layer that does not fit its position. `layer` is its name, `code` the kind of problem."""

    def __init__(self, layer: str, code: str, template: str, /, **values: Any) -> None:
        super().__init__(template, **values)
        self.layer, self.code = layer, code


class DataError(CnnLabError):
    """A dataset that can't be found, downloaded or understood."""


class ImageError(CnnLabError):
    """An image file that can't be read as a drawing."""


class ModelError(CnnLabError):
    """A run whose weights can't be used."""


class RunError(CnnLabError):
    """A run folder, or the folder of runs, that can't be used."""


class RunNotFound(RunError):
    """No run with this id or name."""


class CorruptRun(RunError):
    """A run folder with damaged files."""


class NewerVersion(RunError):
    """A file written by a newer version of CNN Lab. It is not damaged."""

    @classmethod
    def of(cls, file: str, version: int, known: int) -> NewerVersion:
        """`version` is the format of `file`, `known` the newest one that this version reads."""
        return NewerVersion(
            "{file} was written by a newer CNN Lab (format {version}; this one reads up to {known}). Update CNN Lab to "
            "open it.",
            file=file,
            version=version,
            known=known,
        )


class LimitReached(RunError):
    """A run that exceeds a limit of this server."""


class InvalidValue(CnnLabError, ValueError):
    """Raised by our validators; pydantic expects a `ValueError`."""


# What pydantic finds wrong with a knob's value, by its name for that mistake; other mistakes stay in its own words.
RULES = MappingProxyType(
    {
        "greater_than": "Input should be greater than {gt}",
        "greater_than_equal": "Input should be greater than or equal to {ge}",
        "less_than": "Input should be less than {lt}",
        "less_than_equal": "Input should be less than or equal to {le}",
        "finite_number": "Input should be a finite number",
        "int_type": "Input should be a valid integer",
        "int_from_float": "Input should be a valid integer, got a number with a fractional part",
        "float_type": "Input should be a valid number",
        "missing": "Field required",
        "string_pattern_mismatch": "Use at most 40 letters (a–z), digits and underscores",
        "json_invalid": "The file is not valid JSON; it may be cut off or of another kind",
        "string_too_short": "String should have at least {min_length} characters",
        "string_too_long": "String should have at most {max_length} characters",
    }
)


def explain_rule(mistake: Any) -> CnnLabError:
    """Rule that a value violates; `mistake` is an item of pydantic's `error.errors()`."""
    context = mistake.get("ctx", {})
    if isinstance(context.get("error"), CnnLabError):
        return context["error"]
    if mistake["type"] in RULES:
        limits = {name: f"{limit:.12g}" if isinstance(limit, float) else limit for name, limit in context.items()}
        return CnnLabError(RULES[mistake["type"]], **limits)
    return CnnLabError("{words}", words=mistake["msg"].removeprefix("Value error, "))


def _describe_input(value: Any) -> str:
    try:
        return repr(value)
    except RecursionError:
        return f"{type(value).__name__} of too many levels"


def explain_validation(error: ValidationError) -> SpecError:
    """One line for pydantic's report: location, rule and input."""
    first, others = error.errors()[0], error.error_count() - 1
    rule: CnnLabError = explain_rule(first)
    if first["type"] not in ("value_error", "json_invalid"):  # our own validators have complete messages
        where = ".".join(str(part) for part in first["loc"]) or "value"
        received = _describe_input(first["input"])
        received = received if len(received) <= 60 else received[:57] + "…"
        rule = SpecError("{where}: {rule}; received {received}", where=where, rule=rule, received=received)
    if others:
        return SpecError("{first} (and {others} more)", first=rule, others=others)
    return SpecError(rule.template, **rule.values)
