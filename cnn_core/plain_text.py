"""Words of users without characters that reorder or hide what stands around them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

# Control characters but tab and line ends, and those that set the direction of writing.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)


def remove_controls(words: str) -> str:
    """The words without control characters and marks of writing direction; line ends stay.

    Example:
        >>> remove_controls("\\u202eevil")
        'evil'
    """
    return _CONTROLS.sub("", words)


def _to_one_line(value: Any) -> Any:
    return " ".join(remove_controls(value).split()) if isinstance(value, str) else value


def _to_name(value: Any) -> Any:
    """A name of nothing but such characters becomes a question mark, so that an old run with one still opens."""
    return _to_one_line(value) or "?" if value else value


def _to_text(value: Any) -> Any:
    return remove_controls(value) if isinstance(value, str) else value


PlainLine = Annotated[str, BeforeValidator(_to_one_line)]  # without line ends too; it may be empty
PlainName = Annotated[str, BeforeValidator(_to_name)]
PlainText = Annotated[str, BeforeValidator(_to_text)]
