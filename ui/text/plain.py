"""Names and other words of users as plain text in Markdown."""

from __future__ import annotations

import re

from cnn_core.plain_text import remove_controls

# What begins or ends a construct of Markdown, of Streamlit's directives (`:red[…]`), of math, or of a table.
_SPECIAL = re.compile(r"([\\`*\[\]<>$~|&]|:(?=[A-Za-z])|(?<![^\W_])_|_(?![^\W_]))")
_START_OF_LINE = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|)([.)#>]|[-+=](?=[\s=-]|$))")
# Streamlit finds these in the finished text, where a backslash no longer helps: icons, emoji, addresses, arrows.
_FOUND_IN_TEXT = re.compile(
    r"(?<=:)(?=[\w+-]+:|//|material/)|(?<=www)(?=\.)|(?<=[\w.+-])(?=@)|(?<=[<>~-])(?=[-=>])", re.IGNORECASE
)
_JOINER = "\N{WORD JOINER}"  # invisible and without width
_SPACES = re.compile(r"[ \t\r\n\f\v]+")


def plain(words: str) -> str:
    """Markdown that shows these words as they are, on one line: no link, image, color, icon, math or heading.

    For every label, sentence and heading that Streamlit reads as Markdown. HTML needs `html.escape` instead.

    Example:
        >>> plain("**bold** [a](b)")
        '\\\\*\\\\*bold\\\\*\\\\* \\\\[a\\\\](b)'
    """
    line = _SPACES.sub(" ", remove_controls(words)).strip()
    escaped = _SPECIAL.sub(r"\\\1", _FOUND_IN_TEXT.sub(_JOINER, line))
    return _START_OF_LINE.sub(r"\1\\\2", escaped)
