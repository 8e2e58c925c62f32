"""Applies a patch of Streamlit only where it fits the installed version; the app starts either way."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import streamlit

logger = logging.getLogger(__name__)

CHECKED_VERSIONS = ("1.67",)  # what the patches were written for and tested with


class Need(NamedTuple):
    """Something private that a patch uses.

    path: dotted name of a function, method or class.
    parameters: the first parameters that a function must have, in order.
    attributes: what an object of a class must have: methods, fields, and what its `__init__` sets.
    """

    path: str
    parameters: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


def apply_patch(name: str, needs: Sequence[Need], install: Callable[[], None]) -> bool:
    """Runs `install` if everything that it needs exists, and returns whether it ran.

    Whatever is missing is logged as one warning; so is a version that the patches were not checked with. Private
    modules must be imported by `install`, not at the top of a patch's module, which would stop the app if one moves.
    """
    missing = [problem for need in needs for problem in _list_problems(need)]
    if missing:
        logger.warning("Streamlit %s: without the patch %r (%s)", streamlit.__version__, name, "; ".join(missing))
        return False
    if not streamlit.__version__.startswith(CHECKED_VERSIONS):
        logger.warning("Streamlit %s: the patch %r was not checked with it", streamlit.__version__, name)
    install()
    return True


def _list_problems(need: Need) -> list[str]:
    try:
        found = _resolve(need.path)
    except (ImportError, AttributeError):
        return [f"{need.path} is missing"]
    known = _list_attributes(found) if need.attributes else set()
    problems = [f"{need.path}.{name} is missing" for name in need.attributes if name not in known]
    if need.parameters:
        given = tuple(inspect.signature(inspect.unwrap(found)).parameters)[: len(need.parameters)]
        if given != need.parameters:
            problems.append(f"{need.path} takes {given}")
    return problems


def _list_attributes(owner: Any) -> set[str]:
    """What objects of a class have. Fields of a message, and what `__init__` sets, are not attributes of the class."""
    set_by_init = getattr(getattr(owner.__init__, "__code__", None), "co_names", ())
    message_fields = owner.DESCRIPTOR.fields_by_name if hasattr(owner, "DESCRIPTOR") else ()
    return {*dir(owner), *set_by_init, *message_fields, *getattr(owner, "__dataclass_fields__", ())}


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
