"""Applies a patch of Streamlit only where it fits the installed version; the app starts either way."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import streamlit

logger = logging.getLogger(__name__)

CHECKED_VERSIONS = ("1.67",)  # what the patches were written for and tested with


def apply_patch(name: str, needs: Sequence[tuple[str, tuple[str, ...]]], install: Callable[[], None]) -> bool:
    """Runs `install` if everything that it needs is there, and returns whether it did.

    needs: dotted names of functions or methods, with the first parameters that each must have. What is missing is
    logged once as a warning; so is a version that the patches were not checked with.
    """
    missing = [problem for path, parameters in needs if (problem := _find_problem(path, parameters))]
    if missing:
        logger.warning("Streamlit %s: without the patch %r (%s)", streamlit.__version__, name, "; ".join(missing))
        return False
    if not streamlit.__version__.startswith(CHECKED_VERSIONS):
        logger.warning("Streamlit %s: the patch %r was not checked with it", streamlit.__version__, name)
    install()
    return True


def _find_problem(path: str, parameters: tuple[str, ...]) -> str:
    """What stands in the way, or an empty string."""
    try:
        found = _resolve(path)
    except (ImportError, AttributeError):
        return f"{path} is missing"
    if not callable(found):
        return "" if not parameters else f"{path} is not callable"
    given = tuple(inspect.signature(inspect.unwrap(found)).parameters)[: len(parameters)] if parameters else ()
    return "" if given == parameters else f"{path} takes {given}"


def _resolve(path: str) -> Any:
    """The object behind a dotted name: as many parts as possible are modules."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise ImportError(path)
