"""Choices that are read from a registry when a command runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click


class RegistryChoice(click.ParamType):
    """One of the names in a registry, those registered after the command was defined included."""

    name = "choice"

    def __init__(self, registry: Mapping[str, Any]) -> None:
        self._registry = registry

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"[{'|'.join(self._registry)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self._registry:
            self.fail(f"{value!r} is not one of {', '.join(map(repr, self._registry))}.", param, ctx)
        return str(value)
