"""Names in Plotly figures as plain text."""

from __future__ import annotations

from html import escape


def escape_name(name: str) -> str:
    """A name for titles, traces, ticks and hover templates: Plotly would read tags in it, and `%{…}` as a value.

    Example:
        >>> escape_name("<b>x</b> %{y}")
        '&lt;b&gt;x&lt;/b&gt; %&#123;y}'
    """
    return escape(name, quote=False).replace("%{", "%&#123;")
