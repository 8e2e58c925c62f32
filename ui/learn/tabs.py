"""The open tab of the Learn page."""

from __future__ import annotations

from ui.session.state import session, set_widget
from ui.text import text

_TAB = "learn.tab"


def open_tab(name: str) -> None:
    """Makes the page open with "articles", "lessons" or "glossary"; before it is drawn, or from a callback."""
    session().reading.tab = name
    set_widget(_TAB, text(f"learn.tab_{name}"))
