"""Modules from outside the package that add layer types, datasets, attribution methods or export formats.

`CNN_LAB_EXTENSIONS` names them, separated by commas. The command line, the dashboard and every worker process import
them, so that what they register is known in all of them.
"""

from __future__ import annotations

import os
from importlib import import_module

from cnn_core.errors import CnnLabError

EXTENSIONS_VARIABLE = "CNN_LAB_EXTENSIONS"


def load_extensions() -> tuple[str, ...]:
    """Imports the modules that the variable names, and returns their names. Raises `CnnLabError`."""
    names = tuple(filter(None, (name.strip() for name in os.environ.get(EXTENSIONS_VARIABLE, "").split(","))))
    for name in names:
        try:
            import_module(name)
        except ImportError as error:
            raise CnnLabError(
                "The extension {name} can't be imported: {reason}. Check {variable} and PYTHONPATH.",
                name=name,
                reason=error,
                variable=EXTENSIONS_VARIABLE,
            ) from error
    return names
