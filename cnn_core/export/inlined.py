"""Source of functions with everything of this package that they use, so that an exported script runs without it."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Inlined:
    """Python source: import statements of other packages, and definitions in the order that they need."""

    imports: tuple[str, ...]
    definitions: str


@dataclass(frozen=True)
class _Module:
    """Statements of a module by the name that they bind: definitions, and imports as (module, name, statement)."""

    source: str
    definitions: dict[str, ast.stmt]
    imports: dict[str, tuple[str, str, str]]


def inline(functions: Iterable[Callable[..., Any]]) -> Inlined:
    """The functions' source and, recursively, that of the functions and constants of this package which they use.

    Docstrings are left out. Raises `ValueError` if two modules use one name for different things.

    Example:
        >>> "def centre_ink" in inline([load_digits_28x28]).definitions
        True
    """
    collected: dict[str, tuple[str, str]] = {}  # name → (module, source), in the order of need
    imports: dict[str, None] = {}
    for function in functions:
        _collect(function.__module__, function.__name__, collected, imports)
    return Inlined(tuple(imports), "\n\n\n".join(_join_constants(source for _, source in collected.values())))


def _collect(module: str, name: str, collected: dict[str, tuple[str, str]], imports: dict[str, None]) -> None:
    parsed = _parse(module)
    if name in parsed.imports:
        origin, original, statement = parsed.imports[name]
        if origin.partition(".")[0] == _PACKAGE:
            if original != name:
                raise ValueError(f"{module} imports {original} as {name}, which can't be written into a script.")
            _collect(origin, original, collected, imports)
        else:
            imports[statement] = None
        return
    if name not in parsed.definitions:
        return  # a builtin, or a local variable
    if name in collected:
        if collected[name][0] != module:
            raise ValueError(f"{module} and {collected[name][0]} both define {name}.")
        return
    statement_node = parsed.definitions[name]
    collected[name] = module, ""  # a recursive function uses itself
    for used in _names_in(statement_node):
        if used != name:
            _collect(module, used, collected, imports)
    del collected[name]  # behind what it needs
    collected[name] = module, _source_of(statement_node, parsed.source)


@cache
def _parse(module: str) -> _Module:
    source = inspect.getsource(importlib.import_module(module))
    definitions: dict[str, ast.stmt] = {}
    imports: dict[str, tuple[str, str, str]] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                bound = alias.asname or alias.name
                renamed = f" as {alias.asname}" if alias.asname else ""
                imports[bound] = node.module, alias.name, f"from {node.module} import {alias.name}{renamed}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                renamed = f" as {alias.asname}" if alias.asname else ""
                imports[bound] = alias.name, bound, f"import {alias.name}{renamed}"
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            definitions[node.name] = node
        elif isinstance(node, ast.Assign):
            definitions |= {name.id: node for target in node.targets for name in _targets(target)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            definitions[node.target.id] = node
    return _Module(source, definitions, imports)


def _targets(target: ast.expr) -> list[ast.Name]:
    return [node for node in ast.walk(target) if isinstance(node, ast.Name)]


def _names_in(node: ast.stmt) -> list[str]:
    loaded = (part for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
    return list(dict.fromkeys(name.id for name in loaded))


def _source_of(node: ast.stmt, source: str) -> str:
    """Its lines as written, decorators included, without docstrings."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    dropped: set[int] = set()
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(part) and len(part.body) > 1:
            docstring = part.body[0]
            dropped |= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    lines = source.splitlines()
    kept = [lines[row - 1] for row in range(first, (node.end_lineno or node.lineno) + 1) if row not in dropped]
    return "\n".join(kept)


def _join_constants(sources: Iterable[str]) -> list[str]:
    """Constants that follow each other belong to one block, without empty lines between them; once each."""
    blocks: list[tuple[bool, str]] = []
    for source in dict.fromkeys(sources):
        is_constant = not source.startswith(("def ", "class ", "@"))
        if is_constant and blocks and blocks[-1][0]:
            blocks[-1] = True, f"{blocks[-1][1]}\n{source}"
        else:
            blocks.append((is_constant, source))
    return [source for _, source in blocks]
